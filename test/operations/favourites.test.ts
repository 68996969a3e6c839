import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let count = 0;

beforeAll(async () => {
  library = await openLibrary();
});
afterAll(() => library.close());

async function founder(...names: string[]): Promise<TestMember> {
  count += 1;
  const ada = await library.found(`ada-${count}`);
  for (const name of names) await ada.call("create_prompt", { name, content: "Hello {{who}}" });
  return ada;
}

async function named(member: TestMember, input: object): Promise<string[]> {
  return (await member.call("list_prompts", input)).items.map(({ name }: Answer) => name);
}

async function render(member: TestMember, name: string, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await member.call("render_prompt", { name, arguments: { who: "you" } });
  await library.app.services.usage.flush();
}

/** All names over pages of a size, with what happens between them. */
async function paged(
  member: TestMember,
  input: object,
  between: () => Promise<unknown> = async () => undefined,
): Promise<string[]> {
  const names: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Answer = await member.call("list_prompts", { ...input, cursor });
    names.push(...page.items.map(({ name }: Answer) => name));
    if (page.next_cursor === null) return names;
    cursor = page.next_cursor;
    await between();
  }
}

describe("pin_prompt", () => {
  it("makes a prompt one's own favourite, whatever one's role", async () => {
    const ada = await founder("a", "b", "c");
    const viewer = await library.join(ada, `viewer-${count}`, "viewer");
    expect(await viewer.call("pin_prompt", { name: "b" })).toMatchObject({ name: "b", pinned: true });
    await viewer.call("pin_prompt", { name: "b" });
    expect(await named(viewer, { favourites: true })).toEqual(["b"]);
    expect(await named(viewer, { favourites: true, query: "nothing" })).toEqual([]);
    expect(await named(ada, { favourites: true })).toEqual([]);
    expect((await ada.call("get_audit_log", { operation: "pin_prompt" })).items).toHaveLength(1);
  });

  it("stays with a prompt that is renamed or archived, and goes with the membership", async () => {
    const ada = await founder("a", "b");
    const viewer = await library.join(ada, `viewer-${count}`, "viewer");
    for (const name of ["a", "b"]) await viewer.call("pin_prompt", { name });
    await ada.call("rename_prompt", { name: "a", new_name: "z" });
    await ada.call("archive_prompt", { name: "b" });
    expect(await named(viewer, { favourites: true })).toEqual(["z"]);
    await ada.call("restore_prompt", { name: "b" });
    expect(await named(viewer, { favourites: true })).toEqual(["b", "z"]);
    await ada.call("remove_member", { username: viewer.caller.username });
    const { tenantId } = ada.caller;
    const { userId } = viewer.caller;
    expect(
      await library.app.storage.tenant(tenantId).read(({ favourites }) => favourites.count(userId)),
    ).toBe(0);
  });

  it("takes 100 favourites of one member, also of many that are pinned at once", async () => {
    const names = Array.from({ length: 105 }, (_, n) => `p${n}`);
    const ada = await founder(...names);
    const told = await Promise.allSettled(names.map((name) => ada.call("pin_prompt", { name })));
    expect(told.filter(({ status }) => status === "fulfilled")).toHaveLength(100);
    const refused = told.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({ reason: { code: "conflict", details: { allowed: 100 } } });
    expect(await named(ada, { favourites: true, limit: 500 })).toHaveLength(100);
  });
});

describe("unpin_prompt", () => {
  it("takes a prompt off again; one that is none already changes nothing", async () => {
    const ada = await founder("a");
    await ada.call("pin_prompt", { name: "a" });
    for (let n = 0; n < 2; n++) {
      expect(await ada.call("unpin_prompt", { name: "a" })).toMatchObject({ pinned: false });
    }
    expect(await named(ada, { favourites: true })).toEqual([]);
    expect((await ada.call("get_audit_log", { operation: "unpin_prompt" })).items).toHaveLength(1);
  });
});

describe("list_prompts by use", () => {
  it("gives one's favourites, then what is used most, then all others by name", async () => {
    const ada = await founder("a", "b", "c", "d", "e", "f");
    const bob = await library.join(ada, `bob-${count}`, "viewer");
    await render(ada, "e", 3);
    await render(bob, "d", 1);
    await bob.call("get_prompt", { name: "d" });
    for (const name of ["f", "d"]) await ada.call("pin_prompt", { name });
    await library.app.services.usage.flush();
    expect(await named(ada, { sort: "use" })).toEqual(["d", "f", "e", "a", "b", "c"]);
    expect(await named(bob, { sort: "use" })).toEqual(["e", "d", "a", "b", "c", "f"]);
    expect(await named(ada, { sort: "use", favourites: true })).toEqual(["d", "f"]);
    for (const limit of [1, 2, 3, 4]) {
      expect(await paged(ada, { sort: "use", limit })).toEqual(["d", "f", "e", "a", "b", "c"]);
    }
  });

  it("misses and repeats nothing while uses and favourites change between pages", async () => {
    const names = Array.from({ length: 12 }, (_, n) => `p${String(n).padStart(2, "0")}`);
    const ada = await founder(...names);
    await ada.call("pin_prompt", { name: "p05" });
    await render(ada, "p07", 1);
    let turn = 0;
    const seen = await paged(ada, { sort: "use", limit: 3 }, async () => {
      turn += 1;
      await render(ada, "p11", 2);
      await ada.call(turn % 2 ? "pin_prompt" : "unpin_prompt", { name: "p00" });
      await ada.call("unpin_prompt", { name: "p05" });
    });
    expect(seen.slice(0, 2)).toEqual(["p05", "p07"]);
    expect(seen.toSorted()).toEqual(names);
  });

  it("leaves out what was archived since the first page, and refuses another member's cursor", async () => {
    const ada = await founder("a", "b", "c");
    for (const name of ["a", "b"]) await ada.call("pin_prompt", { name });
    const first = await ada.call("list_prompts", { sort: "use", limit: 1 });
    await ada.call("archive_prompt", { name: "b" });
    const next = { sort: "use", limit: 2, cursor: first.next_cursor };
    expect(await named(ada, next)).toEqual(["c"]);
    const bob = await library.join(ada, `bob-${count}`, "viewer");
    await expect(bob.call("list_prompts", { ...next, limit: 1 })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  it("seals a hundred prompts in front into its cursor, whatever their names", async () => {
    const names = Array.from({ length: 103 }, (_, n) => `${"名".repeat(190)}-${100 + n}`);
    const ada = await founder(...names);
    for (const name of names.slice(0, 100)) await ada.call("pin_prompt", { name });
    expect(await paged(ada, { sort: "use", limit: 101 })).toEqual(names);
  });
});
