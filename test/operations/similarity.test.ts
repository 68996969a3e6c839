import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  await ada.call("create_prompt", {
    name: "tea",
    content: "Explain to a guest how to brew a pot of green tea.",
  });
  await ada.call("create_prompt", { name: "coffee", content: "Tell me how to make filter coffee at home." });
  await ada.call("create_prompt", { name: "law", content: "Summarise this court ruling for a newspaper." });
  await library.app.indexer.drain();
});
afterAll(() => library.close());

const names = (answer: { items: { name: string }[] }) => answer.items.map((item) => item.name);

describe("find_similar", () => {
  it("ranks the other prompts by their likeness to one", async () => {
    const answer = await ada.call("find_similar", { name: "tea" });
    expect(names(answer)).toEqual(["coffee", "law"]);
    expect(answer.items[0].similarity).toBeGreaterThan(answer.items[1].similarity);
  });

  it("ranks prompts by their likeness to a text", async () => {
    const answer = await ada.call("find_similar", { text: "brewing green tea for a guest", limit: 1 });
    expect(names(answer)).toEqual(["tea"]);
  });

  it.each([
    ["neither a name nor a text", {}, "invalid_input"],
    ["both", { name: "tea", text: "x" }, "invalid_input"],
    ["a name that is not there", { name: "nothing" }, "not_found"],
  ])("refuses %s", async (_what, input, code) => {
    await expect(ada.call("find_similar", input)).rejects.toMatchObject({ code });
  });
});

describe("create_prompt", () => {
  it("warns, with the names, when something almost equal is there, and stores it all the same", async () => {
    const content = "Explain to a guest how to brew a pot of green tea!";
    const created = await ada.call("create_prompt", {
      name: "tea-again",
      title: "Explain to a guest how to brew a pot of green tea.",
      content,
    });
    expect(created).toMatchObject({
      name: "tea-again",
      warnings: [{ code: "near_duplicate", names: ["tea"] }],
    });
    const other = await ada.call("create_prompt", {
      name: "tax",
      content: "Fill in a tax form step by step.",
    });
    expect(other.warnings).toEqual([]);
  });

  it("does not wait for a model that is not loaded", async () => {
    const cold = await openLibrary();
    try {
      const bob = await cold.found("bob");
      expect((await bob.call("create_prompt", { content: "x" })).warnings).toEqual([]);
      expect(cold.app.embedder.describe().engine).toBeUndefined();
    } finally {
      await cold.close();
    }
  });
});
