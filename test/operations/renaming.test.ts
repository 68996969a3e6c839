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

function rename(member: TestMember, name: string, new_name: string, rest: object = {}): Promise<Answer> {
  return member.call("rename_prompt", { name, new_name, ...rest });
}

async function redirects(member: TestMember, input: object = {}): Promise<string[]> {
  const { items } = await member.call("list_redirects", input);
  return items.map((item: Answer) => `${item.former_name} > ${item.leads_to}`);
}

describe("rename_prompt", () => {
  it("keeps id, versions and labels, and every operation finds the prompt by its old name, too", async () => {
    const ada = await founder();
    const made = await ada.call("create_prompt", { name: "old/name", content: "Hello {{who}}" });
    await ada.call("update_prompt", { name: "old/name", content: "Hi {{who}}" });
    await ada.call("set_label", { name: "old/name", label: "staging", version: 1 });
    expect(await rename(ada, "old/name", "New/Name")).toMatchObject({
      id: made.id,
      name: "new/name",
      version: 2,
    });
    for (const [operation, input] of Object.entries({
      get_prompt: { label: "staging" },
      render_prompt: { arguments: { who: "you" } },
      get_versions: {},
      compare_versions: {},
      submit_for_review: {},
      get_label_history: { label: "staging" },
      update_prompt: { content: "Hey {{who}}" },
      archive_prompt: {},
      restore_prompt: {},
    })) {
      expect(await ada.call(operation, { name: "old/name", ...input }), operation).toMatchObject({
        name: "new/name",
      });
    }
    expect((await ada.call("list_prompts", { folder: "new" })).items).toHaveLength(1);
    expect((await ada.call("list_prompts", { folder: "old" })).items).toEqual([]);
  });

  it("is found by the words of its new name, and is told to the index", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "zebra", title: "T", content: "x" });
    await library.app.indexer.drain();
    await rename(ada, "zebra", "giraffe");
    const words = async (query: string) => (await ada.call("list_prompts", { query })).items.length;
    expect([await words("giraffe"), await words("zebra")]).toEqual([1, 0]);
    expect(await library.app.storage.outbox.counts()).toMatchObject({ first: 1 });
    await library.app.indexer.drain();
    expect((await library.app.reconciler.reconcile()).found).toEqual({ missing: 0, stale: 0, orphaned: 0 });
  });

  it("collapses chains: every former name leads straight to the prompt", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "a", content: "x" });
    for (const [from, to] of [
      ["a", "b"],
      ["b", "c"],
      ["a", "d"],
    ] as const)
      await rename(ada, from, to);
    expect(await redirects(ada)).toEqual(["a > d", "b > d", "c > d"]);
    // Back to where it was: that is its name again, and no redirect.
    await rename(ada, "d", "a");
    expect(await redirects(ada, { name: "c" })).toEqual(["b > a", "c > a", "d > a"]);
    expect((await ada.call("get_prompt", { name: "d" })).name).toBe("a");
  });

  it("leaves no redirect where none is wanted, and changes nothing for the name that it has", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "a", content: "x" });
    await rename(ada, "a", "b", { redirect: false });
    await expect(ada.call("get_prompt", { name: "a" })).rejects.toMatchObject({ code: "not_found" });
    const before = await ada.call("get_prompt", { name: "b" });
    await rename(ada, "b", "b");
    expect(await ada.call("get_prompt", { name: "b" })).toEqual(before);
    expect((await ada.call("get_audit_log", { operation: "rename_prompt" })).items).toMatchObject([
      { target: { name: "b" }, details: { from: "a", to: "b", redirect: false } },
    ]);
  });

  it("refuses a name that is in use, also by an archived prompt", async () => {
    const ada = await founder();
    for (const name of ["a", "b"]) await ada.call("create_prompt", { name, content: "x" });
    const conflict = { code: "conflict", details: { name: "b" } };
    await expect(rename(ada, "a", "b")).rejects.toMatchObject(conflict);
    await ada.call("archive_prompt", { name: "b" });
    await expect(rename(ada, "a", "b")).rejects.toMatchObject({ ...conflict, details: { archived: true } });
    // Out of the way: an archived prompt can be renamed as well.
    await rename(ada, "b", "c", { redirect: false });
    await rename(ada, "a", "b");
  });

  it("lets another prompt take the old name, which ends the redirect; a derived name does not", async () => {
    const ada = await founder();
    const { id } = await ada.call("create_prompt", { name: "greeting", content: "x" });
    await rename(ada, "greeting", "welcome");
    expect(await ada.call("create_prompt", { title: "Greeting", content: "y" })).toMatchObject({
      name: "greeting-2",
    });
    const other = await ada.call("create_prompt", { name: "greeting", content: "z" });
    expect((await ada.call("get_prompt", { name: "greeting" })).id).toBe(other.id);
    expect(await redirects(ada)).toEqual([]);
    await rename(ada, "greeting", "salute");
    await rename(ada, "welcome", "greeting");
    expect((await ada.call("get_prompt", { name: "greeting" })).id).toBe(id);
    expect(await redirects(ada)).toEqual(["welcome > greeting"]);
  });

  it("gives the name to one of 20 that want it at the same time, and a conflict to the others", async () => {
    const ada = await founder();
    const names = Array.from({ length: 20 }, (_, n) => `p${n}`);
    for (const name of names) await ada.call("create_prompt", { name, content: "x" });
    const told = await Promise.allSettled(names.map((name) => rename(ada, name, "wanted")));
    expect(told.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const one of told)
      if (one.status === "rejected") expect(one.reason).toMatchObject({ code: "conflict" });
  });

  it("leaves a prompt with a protected label, and the names that lead to it, to admins", async () => {
    const ada = await founder();
    const developer = await library.join(ada, `dev-${count}`, "developer");
    await developer.call("create_prompt", { name: "a", content: "x" });
    await ada.call("set_label", { name: "a", label: "production" });
    const forbidden = { code: "forbidden", details: { labels: ["production"] } };
    await expect(rename(developer, "a", "b")).rejects.toMatchObject(forbidden);
    await rename(ada, "a", "b");
    await expect(developer.call("create_prompt", { name: "a", content: "y" })).rejects.toMatchObject(
      forbidden,
    );
    await developer.call("create_prompt", { name: "c", content: "y" });
    await expect(rename(developer, "c", "a")).rejects.toMatchObject(forbidden);
    await expect(developer.call("remove_redirect", { name: "a" })).rejects.toMatchObject(forbidden);
    expect(await developer.call("get_prompt", { name: "a", label: "production" })).toMatchObject({
      name: "b",
    });
    await ada.call("create_prompt", { name: "a", content: "y" });
  });

  it("leaves a name by which prompts with a protected label include another to admins", async () => {
    const ada = await founder();
    const developer = await library.join(ada, `dev-${count}`, "developer");
    await ada.call("create_prompt", { name: "base", content: "Agreed." });
    await ada.call("create_prompt", { name: "middle", content: "{{> base@1}}" });
    await ada.call("create_prompt", { name: "root", content: "{{> middle@1}}" });
    await ada.call("set_label", { name: "root", label: "production" });
    const forbidden = { code: "forbidden", details: { protected: true, included_by: ["root"] } };
    await expect(rename(developer, "base", "other", { redirect: false })).rejects.toMatchObject(forbidden);
    await rename(developer, "base", "other");
    await developer.call("create_prompt", { name: "third", content: "Not agreed." });
    const imported = { path: "base.md", text: "---\ntitle: Base\n---\nNot agreed.\n" };
    for (const taking of [
      developer.call("create_prompt", { name: "base", content: "Not agreed." }),
      rename(developer, "third", "base"),
      developer.call("remove_redirect", { name: "base" }),
    ]) {
      await expect(taking).rejects.toMatchObject(forbidden);
    }
    expect(await developer.call("import_prompts", { files: [imported] })).toMatchObject({ failed: 1 });
    const { text } = await developer.call("render_prompt", { name: "root", label: "production" });
    expect(text).toBe("Agreed.");
    await ada.call("remove_redirect", { name: "base" });
  });

  it("does so through a prompt in between that was renamed and went on to another version", async () => {
    const ada = await founder();
    const developer = await library.join(ada, `dev-${count}`, "developer");
    await ada.call("create_prompt", { name: "base", content: "Agreed." });
    await ada.call("create_prompt", { name: "middle", content: "{{> base@1}}" });
    await ada.call("create_prompt", { name: "root", content: "{{> middle@1}}" });
    await ada.call("set_label", { name: "root", label: "production" });
    await rename(developer, "middle", "between");
    await developer.call("update_prompt", { name: "between", content: "Something else." });
    await rename(developer, "base", "other");
    const taking = developer.call("create_prompt", { name: "base", content: "Not agreed." });
    await expect(taking).rejects.toMatchObject({ code: "forbidden", details: { included_by: ["root"] } });
    const { text } = await developer.call("render_prompt", { name: "root", label: "production" });
    expect(text).toBe("Agreed.");
  });

  it("leaves a name by which only other prompts include it to whoever may write", async () => {
    const ada = await founder();
    const developer = await library.join(ada, `dev-${count}`, "developer");
    await developer.call("create_prompt", { name: "base", content: "x" });
    await developer.call("create_prompt", { name: "root", content: "{{> base@1}}" });
    await rename(developer, "base", "other");
    await developer.call("create_prompt", { name: "base", content: "y" });
    await rename(developer, "base", "gone", { redirect: false });
  });

  it("keeps at most 100 former names", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "p0", content: "x" });
    for (let n = 0; n < 100; n++) await rename(ada, `p${n}`, `p${n + 1}`);
    await expect(rename(ada, "p100", "p101")).rejects.toMatchObject({
      code: "conflict",
      details: { allowed: 100 },
    });
    await ada.call("remove_redirect", { name: "p7" });
    await rename(ada, "p100", "p101");
  });
});

describe("remove_redirect", () => {
  it("ends a redirect, once", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "a", content: "x" });
    await rename(ada, "a", "b");
    expect(await ada.call("remove_redirect", { name: "a" })).toEqual({ name: "a", led_to: "b" });
    for (const call of [
      ["remove_redirect", "a"],
      ["get_prompt", "a"],
      ["remove_redirect", "b"],
    ] as const) {
      await expect(ada.call(call[0], { name: call[1] })).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

describe("list_redirects", () => {
  it("comes page by page", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "a", content: "x" });
    for (const [from, to] of [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
    ] as const)
      await rename(ada, from, to);
    const first = await ada.call("list_redirects", { limit: 2 });
    expect(first.items).toMatchObject([{ former_name: "a" }, { former_name: "b" }]);
    const next = await ada.call("list_redirects", { limit: 2, cursor: first.next_cursor });
    expect(next).toMatchObject({ items: [{ former_name: "c", leads_to: "d" }], next_cursor: null });
  });
});
