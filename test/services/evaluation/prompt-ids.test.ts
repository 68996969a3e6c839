import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPromptIds } from "../../../src/services/evaluation/prompt-ids.ts";
import { type Library, openLibrary, type TestMember } from "../../support/library.ts";

let library: Library;
let ada: TestMember;
const ids: string[] = [];

beforeAll(async () => {
  let time = 0;
  library = await openLibrary({ now: () => new Date(++time) });
  ada = await library.found("ada");
  for (const [name, title, content] of [
    ["one", "One", "Text"],
    ["twin-a", "Twin", "Same text"],
    ["twin-b", "Twin", "Same text"],
  ]) {
    ids.push((await ada.call("create_prompt", { name, title, content })).id);
  }
});
afterAll(() => library.close());

async function resolve(
  relevant: Record<string, number>,
  corpus?: { id: string; title?: string; content: string }[],
) {
  const { grades, unknown } = (await readPromptIds(library.app.services.prompts, ada.caller, corpus)).resolve(
    relevant,
  );
  return { grades: Object.fromEntries(grades), unknown };
}

describe("the ids of judged prompts", () => {
  it("are ids or names of the library", async () => {
    expect(await resolve({ one: 2, [ids[1]!]: 1 })).toEqual({
      grades: { [ids[0]!]: 2, [ids[1]!]: 1 },
      unknown: [],
    });
  });

  it("are those of a corpus that was imported, equal prompts in its order", async () => {
    const corpus = [
      { id: "p1", title: "Twin", content: "Same text" },
      { id: "p2", title: " One ", content: "Text" },
      { id: "p3", title: "Twin", content: "Same text" },
    ];
    expect(await resolve({ p1: 1, p2: 2, p3: 2 }, corpus)).toEqual({
      grades: { [ids[1]!]: 1, [ids[0]!]: 2, [ids[2]!]: 2 },
      unknown: [],
    });
  });

  it("count as not found where the library has no such prompt, and not at all at grade 0", async () => {
    const corpus = [{ id: "p1", title: "One", content: "Other text" }];
    const { grades, unknown } = await resolve({ p1: 2, nobody: 1, whatever: 0 }, corpus);
    expect(unknown).toEqual(["p1", "nobody"]);
    expect(Object.values(grades)).toEqual([1, 2]);
    expect(ids.some((id) => id in grades)).toBe(false);
  });
});
