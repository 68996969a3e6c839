import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPrompt } from "../../src/operations/create-prompt.ts";
import { type Answer, type Library, openLibrary } from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";

let library: Library;

beforeAll(async () => {
  library = await openLibrary();
});
afterAll(() => library.close());

const CLEAN = { missing: 0, stale: 0, orphaned: 0 };

/** Every row of every table, the full-text one too, that holds a text. */
async function rowsWith(text: string): Promise<string[]> {
  const database = await rawDatabase(library);
  const found: string[] = [];
  for (const table of await database.tables()) {
    const rows = (await database.rows(table)).map((row) => JSON.stringify({ table, ...row }));
    found.push(...rows.filter((row) => row.includes(text)));
  }
  await database.close();
  return found;
}

describe("delete_prompt", () => {
  it("leaves nothing of a prompt but its record in the audit", async () => {
    const ada = await library.found("ada");
    const bob = await library.join(ada, "bob", "reviewer");
    const { id } = await ada.call("create_prompt", {
      name: "secret/plan",
      content: "quokka quokka {{a}}",
      tags: ["t"],
    });
    await ada.call("update_prompt", { name: "secret/plan", content: "numbat" });
    await ada.call("set_label", { name: "secret/plan", label: "staging", version: 1 });
    await ada.call("submit_for_review", { name: "secret/plan" });
    await bob.call("review_prompt", { name: "secret/plan", version: 2, decision: "approve" });
    await ada.call("search_prompts", { query: "numbat" });
    await ada.call("get_prompt", { name: "secret/plan" });
    await ada.call("rename_prompt", { name: "secret/plan", new_name: "old/plan" });
    await library.app.services.searchHistory.flush();
    await library.app.indexer.drain();
    await ada.call("archive_prompt", { name: "old/plan" });
    expect(await ada.call("delete_prompt", { name: "secret/plan", confirm: "old/plan" })).toEqual({
      id,
      name: "old/plan",
      versions: 2,
    });
    await library.app.indexer.drain();

    const left = (await rowsWith(id)).map((row): Answer => JSON.parse(row));
    expect(new Set(left.map(({ table }) => table))).toEqual(new Set(["audit_log"]));
    expect(await rowsWith("quokka")).toEqual([]);
    for (const name of ["old/plan", "secret/plan", id])
      await expect(ada.call("get_prompt", { name })).rejects.toMatchObject({ code: "not_found" });
    const { items } = await ada.call("get_audit_log", { target: id });
    expect(items[0]).toMatchObject({
      operation: "delete_prompt",
      target: { id, name: "old/plan" },
      details: { versions: 2, content_hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(await ada.call("verify_audit_log")).toMatchObject({ intact: true });
    // The name is free, and what takes it begins anew.
    expect(await ada.call("create_prompt", { name: "old/plan", content: "x" })).toMatchObject({ version: 1 });
  });

  it("takes what the index holds with it, also what it holds elsewhere, and reconcile finds nothing", async () => {
    const ada = await library.found("grace");
    const { tenantId } = ada.caller;
    for (const name of ["a", "b"]) await ada.call("create_prompt", { name, content: `a text about ${name}` });
    await library.app.indexer.drain();
    expect(await library.app.searchIndex.count(tenantId)).toBe(2);
    // Archived, and deleted before the index has heard of either.
    await ada.call("archive_prompt", { name: "a" });
    await ada.call("delete_prompt", { name: "a", confirm: "a" });
    await library.app.indexer.drain();
    expect(await library.app.searchIndex.count(tenantId)).toBe(1);
    expect(await library.app.storage.outbox.counts()).toMatchObject({ first: 0, rest: 0 });
    expect((await library.app.reconciler.reconcile()).found).toEqual(CLEAN);
    expect((await ada.call("search_prompts", { query: "a text about a" })).pending).toBe(0);
  });

  it("gives back what counts for the quotas", async () => {
    const ada = await library.found("linus");
    await ada.call("create_prompt", { name: "a", content: "some text" });
    const before = await ada.call("get_quotas");
    await ada.call("create_prompt", { name: "b", content: "some other text" });
    await ada.call("archive_prompt", { name: "b" });
    await ada.call("delete_prompt", { name: "b", confirm: "b" });
    expect(await ada.call("get_quotas")).toEqual(before);
  });

  it("wants an archived prompt, its name typed, and an admin", async () => {
    const ada = await library.found("ken");
    const developer = await library.join(ada, "dennis", "developer");
    await ada.call("create_prompt", { name: "p", content: "x" });
    const remove = (confirm: string, member = ada) => member.call("delete_prompt", { name: "p", confirm });
    await expect(remove("p")).rejects.toMatchObject({ code: "conflict" });
    await ada.call("archive_prompt", { name: "p" });
    for (const confirm of ["", "P", "p "]) {
      await expect(remove(confirm)).rejects.toMatchObject({ code: "invalid_input" });
    }
    await expect(remove("p", developer)).rejects.toMatchObject({ code: "forbidden" });
    expect(await ada.call("restore_prompt", { name: "p" })).toMatchObject({ version: 1 });
  });

  it("drops the answer of a call that is kept to be given again", async () => {
    const ada = await library.found("edsger");
    const create = () =>
      library.app.run(
        createPrompt,
        { name: "p", content: "aardvark" },
        { authenticate: async () => ada.caller, requestId: "test", idempotencyKey: "one" },
      );
    await create();
    await ada.call("archive_prompt", { name: "p" });
    await ada.call("delete_prompt", { name: "p", confirm: "p" });
    expect(await rowsWith("aardvark")).toEqual([]);
    await expect(create()).rejects.toMatchObject({ code: "conflict", details: { reason: "done" } });
  });
});
