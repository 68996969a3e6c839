import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;
let bob: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  bob = await library.join(ada, "bob", "developer");
  for (let n = 1; n <= 9; n++) {
    await ada.call("create_prompt", {
      name: `many/p${n}`,
      content: `number ${n}`,
      tags: n % 2 ? ["odd"] : ["even"],
    });
  }
  await bob.call("create_prompt", {
    name: "many-more",
    content: "Über die Brücke, with a bridge",
    description: "crossing",
  });
});
afterAll(() => library.close());

async function allPages(input: object): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await ada.call("list_prompts", { ...input, ...(cursor ? { cursor } : {}) });
    names.push(...page.items.map((item: { name: string }) => item.name));
    cursor = page.next_cursor;
  }
  return names;
}

describe("list_prompts", () => {
  it.each(["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"])(
    "gives every prompt once, page by page, by %s",
    async (sort) => {
      const whole = await allPages({ sort, limit: 500 });
      const pages = await allPages({ sort, limit: 3 });
      expect(pages).toEqual(whole);
      expect(new Set(pages).size).toBe(10);
    },
  );

  it.each([
    ["a folder, and not what only begins like it", { folder: "many" }, 9],
    ["a tag", { tag: "Even" }, 4],
    ["an author", { author: "Bob" }, 1],
    ["words it contains", { query: "number 7" }, 1],
    ["the beginnings of words, accents aside", { query: "uber bruck" }, 1],
    ["a word of the description", { query: "crossing" }, 1],
    ["all of them together", { folder: "/many/", tag: "odd", author: "ada", query: "number" }, 5],
    ["nothing that is there", { query: "zebra" }, 0],
    ["search syntax, taken as text", { query: 'number" OR NEAR(' }, 0],
    ["signs only", { query: "!!! ***" }, 0],
  ])("filters by %s", async (_what, filter, count) => {
    expect(await allPages(filter)).toHaveLength(count);
  });

  it("gives contents only when asked to", async () => {
    const [bare] = (await ada.call("list_prompts", { limit: 1 })).items;
    const [full] = (await ada.call("list_prompts", { limit: 1, include_content: true })).items;
    expect(bare).not.toHaveProperty("content");
    expect(full.content).toContain("bridge");
  });

  it("ends a page early rather than give more than two megabytes of contents, and goes on from there", async () => {
    const heavy = await library.found("heavy");
    for (let n = 0; n < 12; n++) {
      await heavy.call("create_prompt", { name: `p${n}`, content: `${n} ${"x".repeat(250_000)}` });
    }
    const names: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await heavy.call("list_prompts", {
        include_content: true,
        limit: 100,
        ...(cursor ? { cursor } : {}),
      });
      expect(page.items.length).toBeLessThan(12);
      names.push(...page.items.map((item: { name: string }) => item.name));
      cursor = page.next_cursor;
    }
    expect(new Set(names).size).toBe(12);
    expect(names).toHaveLength(12);

    for (let n = 0; n < 12; n++)
      await heavy.call("update_prompt", { name: "p0", content: "y".repeat(250_000) });
    const first = await heavy.call("get_versions", { name: "p0", limit: 100 });
    const second = await heavy.call("get_versions", { name: "p0", limit: 100, cursor: first.next_cursor });
    const numbers = [...first.items, ...second.items].map((version) => version.number);
    expect(numbers).toEqual(Array.from({ length: 13 }, (_, n) => 13 - n));
  });

  it.each([
    ["is made up", "bm90IGEgY3Vyc29y"],
    ["is nonsense", "%%%"],
  ])("refuses a cursor that %s", async (_what, cursor) => {
    await expect(ada.call("list_prompts", { cursor })).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("refuses a cursor of another query", async () => {
    const { next_cursor } = await ada.call("list_prompts", { limit: 2, tag: "odd" });
    await expect(ada.call("list_prompts", { limit: 2, cursor: next_cursor })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });
});

describe("complete_names", () => {
  it("gives the names that begin so, in order", async () => {
    expect(await ada.call("complete_names", { prefix: "many/p1" })).toEqual({
      names: ["many/p1"],
      more: false,
    });
    expect((await ada.call("complete_names", {})).names).toHaveLength(10);
    expect((await ada.call("complete_names", { prefix: "many%" })).names).toEqual([]);
  });
});
