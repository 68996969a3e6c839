import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findArguments } from "../../src/domain/prompt-body.ts";
import { readAll } from "./temp-library.ts";

const STARTER_PROMPTS = fileURLToPath(new URL("../../examples/prompts", import.meta.url));

describe("the starter prompts", () => {
  it("are read without a problem, each named by its folder and file", async () => {
    const items = await readAll([STARTER_PROMPTS]);
    expect(items.filter(({ kind }) => kind === "problem")).toEqual([]);
    expect(items.length).toBeGreaterThanOrEqual(16);
    for (const { source, ...item } of items) {
      if (item.kind !== "prompt") continue;
      expect(source.path).toBe(`${STARTER_PROMPTS}/${item.draft.name.value}.md`);
      expect(item.draft.name.derived).toBe(false);
    }
  });

  it("each have a title, a description, tags, arguments and a text of 80 to 250 words", async () => {
    for (const item of await readAll([STARTER_PROMPTS])) {
      if (item.kind !== "prompt") continue;
      const { name, title, description, tags, content } = item.draft;
      const words = content.split(/\s+/).length;
      expect({ name, title, description, words: words >= 80 && words <= 250 }).toEqual({
        name,
        title: expect.stringMatching(/^[A-Z].{5,60}$/),
        description: expect.stringMatching(/^[A-Z].{20,150}\.$/),
        words: true,
      });
      expect(tags?.length).toBeGreaterThan(0);
      expect(findArguments({ content }).length).toBeGreaterThan(0);
    }
  });
});
