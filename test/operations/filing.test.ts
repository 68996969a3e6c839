import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let count = 0;

beforeAll(async () => {
  library = await openLibrary();
});
afterAll(() => library.close());

async function founder(): Promise<TestMember> {
  count += 1;
  return library.found(`ada-${count}`);
}

async function tagsOf(member: TestMember, name: string): Promise<string[]> {
  return (await member.call("get_prompt", { name })).tags;
}

async function named(member: TestMember, input: object): Promise<string[]> {
  return (await member.call("list_prompts", input)).items.map(({ name }: Answer) => name);
}

describe("tag_prompt", () => {
  it("adds and removes tags without a new version, and lists follow", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "p", content: "x", tags: ["draft", "mail"] });
    const change = { name: "p", add: ["Urgent", "mail"], remove: ["draft", "never-there"] };
    expect(await ada.call("tag_prompt", change)).toMatchObject({ version: 1, tags: ["mail", "urgent"] });
    expect(await tagsOf(ada, "p")).toEqual(["mail", "urgent"]);
    expect(await named(ada, { tag: "draft" })).toEqual([]);
    expect(await named(ada, { tag: "urgent" })).toEqual(["p"]);
    expect(await named(ada, { query: "urgent" })).toEqual(["p"]);
    expect(await named(ada, { query: "draft" })).toEqual([]);
  });

  it("changes nothing, and records nothing, where the tags are so already", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "p", content: "x", tags: ["mail"] });
    const before = await ada.call("get_prompt", { name: "p" });
    await ada.call("tag_prompt", { name: "p", add: ["mail"], remove: ["draft"] });
    expect(await ada.call("get_prompt", { name: "p" })).toEqual(before);
    expect((await ada.call("get_audit_log", { operation: "tag_prompt" })).items).toEqual([]);
  });

  it("leaves approval, labels and what versions record of their tags", async () => {
    const ada = await founder();
    const author = await library.join(ada, `author-${count}`, "developer");
    await author.call("create_prompt", { name: "p", content: "x", tags: ["one"] });
    await author.call("submit_for_review", { name: "p" });
    await ada.call("review_prompt", { name: "p", version: 1, decision: "approve" });
    await author.call("set_label", { name: "p", label: "production" });
    await author.call("tag_prompt", { name: "p", add: ["two"] });
    expect(await author.call("get_prompt", { name: "p", label: "production" })).toMatchObject({
      version: 1,
      tags: ["one", "two"],
    });
    expect((await author.call("get_versions", { name: "p" })).items[0].tags).toEqual(["one"]);
    expect((await author.call("list_reviews", { name: "p" })).items[0].status).toBe("approved");
    // The next version is made with the tags that the prompt has by then.
    await author.call("update_prompt", { name: "p", content: "y" });
    expect((await author.call("get_versions", { name: "p" })).items[0].tags).toEqual(["one", "two"]);
  });

  it("refuses a 21st tag, an archived prompt, and a reader", async () => {
    const ada = await founder();
    const tags = Array.from({ length: 20 }, (_, n) => `t${n}`);
    await ada.call("create_prompt", { name: "p", content: "x", tags });
    const add = (tag: string) => ada.call("tag_prompt", { name: "p", add: [tag] });
    await expect(add("one-more")).rejects.toMatchObject({ code: "invalid_input" });
    await ada.call("tag_prompt", { name: "p", add: ["one-more"], remove: ["t0"] });
    await ada.call("archive_prompt", { name: "p" });
    await expect(add("x")).rejects.toMatchObject({ code: "conflict" });
    const viewer = await library.join(ada, `viewer-${count}`, "viewer");
    await expect(viewer.call("tag_prompt", { name: "p" })).rejects.toMatchObject({ code: "forbidden" });
  });

  it("loses none of 20 tags that are added at the same time", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "p", content: "x" });
    const tags = Array.from({ length: 20 }, (_, n) => `t${n}`).sort();
    await Promise.all(tags.map((tag) => ada.call("tag_prompt", { name: "p", add: [tag] })));
    expect(await tagsOf(ada, "p")).toEqual(tags);
  });
});

describe("rename_tag", () => {
  it("renames a tag on every prompt, archived ones too, and joins it with one that is there", async () => {
    const ada = await founder();
    for (let n = 0; n < 60; n++) {
      const tags = n % 2 ? ["mails", "mail"] : ["mails", "other"];
      await ada.call("create_prompt", { name: `p${n}`, content: "x", tags });
    }
    await ada.call("archive_prompt", { name: "p0" });
    const { updated_at } = await ada.call("get_prompt", { name: "p2" });
    expect(await ada.call("rename_tag", { from: "mails", to: "mail" })).toMatchObject({ prompts: 60 });
    expect((await ada.call("list_tags")).items).toEqual([
      { tag: "mail", prompts: 59 },
      { tag: "other", prompts: 29 },
    ]);
    expect(await tagsOf(ada, "p0")).toEqual(["mail", "other"]);
    expect(await ada.call("get_prompt", { name: "p2" })).toMatchObject({ version: 1, updated_at });
    expect(await named(ada, { query: "mails" })).toEqual([]);
    const { items } = await ada.call("get_audit_log", { operation: "rename_tag" });
    expect(items.map(({ details }: Answer) => details)).toEqual([
      { from: "mails", to: "mail", prompts: 10 },
      { from: "mails", to: "mail", prompts: 50 },
    ]);
  });

  it("says when no prompt has the tag, and when it has the name already", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "p", content: "x", tags: ["mail"] });
    const rename = (from: string, to: string) => ada.call("rename_tag", { from, to });
    await expect(rename("mails", "mail")).rejects.toMatchObject({ code: "not_found" });
    await expect(rename("mail", "Mail")).rejects.toMatchObject({ code: "invalid_input" });
  });
});

describe("list_tags", () => {
  it("comes page by page, by prefix, without what only archived prompts have", async () => {
    const ada = await founder();
    for (const [name, tags] of Object.entries({ a: ["b1", "a", "b2"], b: ["b1"], c: ["old"] }))
      await ada.call("create_prompt", { name, content: "x", tags });
    await ada.call("archive_prompt", { name: "c" });
    const first = await ada.call("list_tags", { limit: 2 });
    expect(first.items).toEqual([
      { tag: "a", prompts: 1 },
      { tag: "b1", prompts: 2 },
    ]);
    const next = await ada.call("list_tags", { limit: 2, cursor: first.next_cursor });
    expect(next).toEqual({ items: [{ tag: "b2", prompts: 1 }], next_cursor: null });
    expect((await ada.call("list_tags", { prefix: "B" })).items).toHaveLength(2);
  });
});

describe("list_folders", () => {
  it("gives one level at a time, counting all the way down", async () => {
    const ada = await founder();
    for (const name of ["a/x", "a/b/x", "a/b/c/x", "a-b/x", "été/plage/x", "été/y", "top"])
      await ada.call("create_prompt", { name, content: "x" });
    await ada.call("create_prompt", { name: "gone/x", content: "x" });
    await ada.call("archive_prompt", { name: "gone/x" });
    const folders = async (input: object = {}) => (await ada.call("list_folders", input)).items;
    expect(await folders()).toEqual([
      { folder: "a", prompts: 3 },
      { folder: "a-b", prompts: 1 },
      { folder: "été", prompts: 2 },
    ]);
    expect(await folders({ folder: "/A/" })).toEqual([{ folder: "a/b", prompts: 2 }]);
    expect(await folders({ folder: "été" })).toEqual([{ folder: "été/plage", prompts: 1 }]);
    expect(await folders({ folder: "top" })).toEqual([]);
    const first = await ada.call("list_folders", { limit: 2 });
    const next = await ada.call("list_folders", { limit: 2, cursor: first.next_cursor });
    expect(next).toEqual({ items: [{ folder: "été", prompts: 2 }], next_cursor: null });
  });
});

describe("list_prompts of archived prompts", () => {
  it("gives these alone, under the same filters", async () => {
    const ada = await founder();
    for (const name of ["a/one", "a/two", "b/three"])
      await ada.call("create_prompt", { name, content: "x", tags: ["t"] });
    for (const name of ["a/one", "b/three"]) await ada.call("archive_prompt", { name });
    expect(await named(ada, { archived: true })).toEqual(["a/one", "b/three"]);
    expect(await named(ada, { archived: true, folder: "a", tag: "t" })).toEqual(["a/one"]);
    expect(await named(ada, {})).toEqual(["a/two"]);
  });
});
