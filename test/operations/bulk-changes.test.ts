import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";
import { turnsDuring } from "../support/turns.ts";

let library: Library;
let count = 0;

beforeAll(async () => {
  library = await openLibrary();
});
afterAll(() => library.close());

async function founder(...names: string[]): Promise<TestMember> {
  count += 1;
  const ada = await library.found(`ada-${count}`);
  for (const name of names) await ada.call("create_prompt", { name, content: "x", tags: ["t"] });
  return ada;
}

function bulk(member: TestMember, input: object): Promise<Answer> {
  return member.call("bulk_update_prompts", { dry_run: false, ...input });
}

function outcomes({ items }: Answer): string[] {
  return items.map(({ name, outcome, code }: Answer) =>
    [name, outcome, ...(code === null ? [] : [code])].join(" "),
  );
}

async function named(member: TestMember, input: object = {}): Promise<string[]> {
  return (await member.call("list_prompts", { limit: 500, ...input })).items.map(({ name }: Answer) => name);
}

async function audited(member: TestMember): Promise<Answer[]> {
  return (await member.call("get_audit_log", { operation: "bulk_update_prompts", limit: 100 })).items;
}

describe("bulk_update_prompts", () => {
  it.each([true, false])("lets others be answered between its parts (dry_run: %s)", async (dry_run) => {
    const ada = await founder(...Array.from({ length: 100 }, (_, at) => `many/${at}`));
    const input = { change: "add_tags", tags: ["new"], folder: "many", dry_run };
    expect(await turnsDuring(() => bulk(ada, input))).toBeGreaterThanOrEqual(5);
  });

  it("changes what passes all of its filters, each with a record in the audit, and nothing the second time", async () => {
    const ada = await founder("a/one", "a/two", "b/three");
    await ada.call("tag_prompt", { name: "a/two", add: ["done"] });
    const input = { change: "add_tags", tags: ["done"], folder: "a", tag: "t" };
    expect(await bulk(ada, input)).toMatchObject({
      dry_run: false,
      changed: 1,
      unchanged: 1,
      refused: 0,
      next_cursor: null,
    });
    expect(await named(ada, { tag: "done" })).toEqual(["a/one", "a/two"]);
    expect(await audited(ada)).toMatchObject([{ target: { name: "a/one" }, details: { added: ["done"] } }]);
    expect(await bulk(ada, input)).toMatchObject({ changed: 0, unchanged: 2 });
    expect(await audited(ada)).toHaveLength(1);
    await bulk(ada, { change: "remove_tags", tags: ["done", "t"], author: ada.caller.username });
    expect((await ada.call("list_tags")).items).toEqual([]);
  });

  it("tells in a dry run exactly what would be done, and does nothing", async () => {
    const names = Array.from({ length: 45 }, (_, n) => `a/${n % 5}/p${n}`);
    const ada = await founder(...names, "b/p7", "b/0/p5");
    for (const input of [
      { change: "move", to: "b", folder: "a" },
      { change: "move", to: "b", names },
      { change: "archive", tag: "t" },
      { change: "label", to: "staging", folder: "a" },
    ]) {
      const before = [await named(ada), (await ada.call("get_audit_log", { limit: 1 })).items[0].number];
      const told = await bulk(ada, { ...input, dry_run: true });
      expect([await named(ada), (await ada.call("get_audit_log", { limit: 1 })).items[0].number]).toEqual(
        before,
      );
      const { items } = await bulk(ada, input);
      expect(told.items).toEqual(items);
      // For the next change, as it was.
      if (input.change === "move") {
        for (const { id, name, outcome } of items)
          if (outcome === "changed") await ada.call("rename_prompt", { name: id, new_name: name });
      }
    }
  });

  it("moves to a folder, keeps what stands below the chosen one, and leaves redirects", async () => {
    const ada = await founder("old/x", "old/deep/y", "z/w", "new/w");
    const moved = await bulk(ada, { change: "move", to: "/New/Place/", folder: "old" });
    expect(moved.items.map(({ new_name }: Answer) => new_name)).toEqual(["new/place/x", "new/place/deep/y"]);
    expect((await ada.call("get_prompt", { name: "old/deep/y" })).name).toBe("new/place/deep/y");
    // By name, only the last part is kept; a name in use is refused, and so is the same one twice in one call.
    const told = await bulk(ada, {
      change: "move",
      to: "new",
      names: ["z/w", "new/place/x", "new/place/deep/y"],
    });
    expect(outcomes(told)).toEqual([
      "z/w refused conflict",
      "new/place/x changed",
      "new/place/deep/y changed",
    ]);
    await bulk(ada, { change: "move", to: "/", names: ["new/x"] });
    expect(await named(ada)).toEqual(["new/w", "new/y", "x", "z/w"]);
  });

  it("archives, and restores what is archived", async () => {
    const ada = await founder("a", "b", "c");
    expect(outcomes(await bulk(ada, { change: "archive", names: ["a", "b", "a", "nothing"] }))).toEqual([
      "a changed",
      "b changed",
      "nothing refused not_found",
    ]);
    expect(outcomes(await bulk(ada, { change: "add_tags", tags: ["x"], archived: true }))).toEqual([
      "a refused conflict",
      "b refused conflict",
    ]);
    expect(await bulk(ada, { change: "restore", tag: "t" })).toMatchObject({ changed: 2, unchanged: 0 });
    expect(await named(ada)).toEqual(["a", "b", "c"]);
    expect(await named(ada, { query: "a" })).toEqual(["a"]);
  });

  it("sets a label where the label of the filter points to, or to the newest version", async () => {
    const ada = await founder("a", "b");
    for (const name of ["a", "b"]) await ada.call("update_prompt", { name, content: "y" });
    await ada.call("set_label", { name: "a", label: "staging", version: 1 });
    await bulk(ada, { change: "label", to: "production", label: "staging" });
    await bulk(ada, { change: "label", to: "newest", tag: "t" });
    const labels = async (name: string) => (await ada.call("get_prompt", { name })).labels;
    expect(await labels("a")).toEqual({ staging: 1, production: 1, newest: 2 });
    expect(await labels("b")).toEqual({ newest: 2 });
  });

  it("holds the rules of protected labels and reviews for each prompt", async () => {
    const ada = await founder("a", "b", "c");
    const developer = await library.join(ada, `dev-${count}`, "developer");
    await developer.call("submit_for_review", { name: "a" });
    const reviewer = await library.join(ada, `rev-${count}`, "reviewer");
    await reviewer.call("review_prompt", { name: "a", version: 1, decision: "approve" });
    const told = await bulk(developer, { change: "label", to: "production", tag: "t" });
    expect(outcomes(told)).toEqual(["a changed", "b refused forbidden", "c refused forbidden"]);
    expect(told.items[1].reason).toMatch(/protected/);
    for (const change of ["archive", "move"]) {
      expect(outcomes(await bulk(developer, { change, to: "f", names: ["a", "b"] }))[0]).toBe(
        "a refused forbidden",
      );
    }
    await expect(bulk(reviewer, { change: "archive", tag: "t" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("goes on page by page, whatever a page has changed", async () => {
    const names = Array.from({ length: 50 }, (_, n) => `p${String(n).padStart(2, "0")}`);
    const ada = await founder(...names);
    const input = { change: "archive", tag: "t", limit: 7 };
    let pages = 0;
    for (let cursor: string | undefined; ; pages++) {
      const page: Answer = await bulk(ada, { ...input, cursor });
      expect(page.refused + page.unchanged).toBe(0);
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
      await expect(bulk(ada, { ...input, change: "restore", cursor })).rejects.toMatchObject({
        code: "invalid_input",
      });
    }
    expect(pages).toBe(7);
    expect(await named(ada)).toEqual([]);
    expect(await audited(ada)).toHaveLength(50);
  });

  it("tells those who listen of each prompt, and nobody of a dry run", async () => {
    const ada = await founder("a", "b");
    const heard: unknown[] = [];
    const end = library.app.events.subscribe(ada.caller.tenantId, (event) => heard.push(event));
    await bulk(ada, { change: "move", to: "f", tag: "t", dry_run: true });
    expect(heard).toEqual([]);
    await bulk(ada, { change: "move", to: "f", tag: "t" });
    end();
    expect(heard).toEqual([
      { kind: "renamed", name: "f/a", from: "a" },
      { kind: "renamed", name: "f/b", from: "b" },
    ]);
  });

  it.each([
    ["no prompts at all", { change: "archive" }],
    ["names and a filter", { change: "archive", names: ["a"], tag: "t" }],
    ["no tags", { change: "add_tags", names: ["a"] }],
    ["no folder", { change: "move", names: ["a"] }],
    ["a label that cannot be set", { change: "label", to: "latest", names: ["a"] }],
    ["whether it is meant not said", { change: "archive", names: ["a"], dry_run: undefined }],
    [
      "more names than a call takes",
      { change: "archive", names: Array.from({ length: 1001 }, (_, n) => `p${n}`) },
    ],
  ])("refuses %s", async (_what, input) => {
    const ada = await founder("a");
    await expect(bulk(ada, input)).rejects.toMatchObject({ code: "invalid_input" });
    expect(await named(ada)).toEqual(["a"]);
  });
});
