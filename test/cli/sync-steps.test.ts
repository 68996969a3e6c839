import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FormatName } from "../../src/exchange/formats/format.ts";
import { readSyncFolder } from "../../src/exchange/sync-folder.ts";
import { SYNC_FILE, SYNCED_FORMATS, type SyncMemory } from "../../src/exchange/sync-memory.ts";
import { planSync } from "../../src/exchange/sync-plan.ts";
import { applySync } from "../../src/transports/cli/sync-apply.ts";
import { loadMemory } from "../../src/transports/cli/sync-files.ts";
import { syncLibrary } from "../../src/transports/cli/sync-library.ts";
import type { UsedLibrary } from "../../src/transports/cli/used-library.ts";
import { asJsonLines, libraries } from "../exchange/random-libraries.ts";
import { importAll, newTenant } from "../exchange/worlds.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;
let root: string;
beforeEach(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  root = await mkdtemp(join(tmpdir(), "sync-"));
});
afterEach(async () => {
  await library.close();
  await rm(root, { recursive: true });
});

interface Syncing {
  readonly meanwhile?: () => Promise<unknown>;
  readonly signal?: AbortSignal;
  readonly format?: FormatName;
  readonly member?: TestMember;
}

/** Plans a sync, does something else, and only then takes the steps. */
async function sync({ meanwhile, signal, format = "markdown", member = ada }: Syncing = {}) {
  const { app } = library;
  const { caller } = member;
  const call = { authenticate: async () => caller, requestId: "test" };
  const fresh: SyncMemory = { tenant: caller.tenantId, format, prefix: "", prompts: new Map() };
  const memory = (await loadMemory(root)) ?? fresh;
  const { files } = await readSyncFolder(root, format, "");
  const run: UsedLibrary["call"] = (operation, input) => app.run(operation, input, call);
  const reading = syncLibrary(run, { format, prefix: "" });
  const prompts = await reading.read();
  const archived = await reading.archived();
  const steps = planSync({ files, library: prompts, archived, remembered: memory.prompts, unread: [] });
  await meanwhile?.();
  const work = { root, memory, files, prompts, library: reading, call: run };
  const results = await applySync(work, steps, signal ?? new AbortController().signal);
  return results.map(({ name, change, outcome }) => [change, name, outcome]);
}

const write = (path: string, text: string) => writeFile(join(root, path), text);
const read = (path: string) => readFile(join(root, path), "utf8");

describe("a folder and a library", () => {
  it.each(SYNCED_FORMATS)("are in step after one sync in %s, whatever the library holds", async (format) => {
    await fc.assert(
      fc.asyncProperty(libraries, async (lines) => {
        const member = await newTenant(library, ada);
        await importAll(member, [asJsonLines(lines)]);
        for (const name of await readdir(root)) await rm(join(root, name), { recursive: true });
        const names = [...new Set(lines.map(({ name }) => name))].sort();
        expect(await sync({ format, member })).toEqual(names.map((name) => ["added_there", name, "done"]));
        expect(await sync({ format, member })).toEqual([]);
        // As after a kill before anything was remembered.
        await rm(join(root, SYNC_FILE));
        expect(await sync({ format, member })).toEqual(names.map((name) => ["in_step", name, "done"]));
      }),
      { numRuns: 10 },
    );
  });
});

describe("a change that is made while a sync is under way", () => {
  it("is never overwritten in the library, and is a conflict the next time", async () => {
    await write("a.md", "one\n");
    await sync();
    await write("a.md", "here\n");
    await write("b.md", "here\n");
    const meanwhile = async () => {
      await ada.call("update_prompt", { name: "a", content: "there", expected_version: 1 });
      await ada.call("create_prompt", { name: "b", content: "there" });
    };
    expect(await sync({ meanwhile })).toEqual([
      ["changed_here", "a", "failed"],
      ["added_here", "b", "failed"],
    ]);
    for (const name of ["a", "b"]) {
      expect(await ada.call("get_prompt", { name })).toMatchObject({ content: "there" });
      expect(await read(`${name}.md`)).toBe("here\n");
    }
    expect(await sync()).toEqual([
      ["conflict", "a", "left"],
      ["conflict", "b", "left"],
    ]);
  });

  it("is never overwritten or removed in the folder", async () => {
    for (const name of ["a", "b"]) await ada.call("create_prompt", { name, content: "one" });
    await sync();
    await ada.call("update_prompt", { name: "a", content: "there", expected_version: 1 });
    await ada.call("archive_prompt", { name: "b" });
    await ada.call("create_prompt", { name: "c", content: "there" });
    const meanwhile = async () => {
      for (const name of ["a", "b", "c"]) await write(`${name}.md`, "here\n");
    };
    expect(await sync({ meanwhile })).toEqual([
      ["changed_there", "a", "failed"],
      ["deleted_there", "b", "failed"],
      ["added_there", "c", "failed"],
    ]);
    for (const name of ["a", "b", "c"]) expect(await read(`${name}.md`)).toBe("here\n");
    expect((await readdir(root)).sort()).toEqual([SYNC_FILE, "a.md", "b.md", "c.md"]);
  });

  it("keeps a prompt from being archived whose file is gone", async () => {
    await write("a.md", "one\n");
    await sync();
    await rm(join(root, "a.md"));
    const meanwhile = () => ada.call("update_prompt", { name: "a", content: "there", expected_version: 1 });
    expect(await sync({ meanwhile })).toEqual([["deleted_here", "a", "failed"]]);
    expect(await ada.call("get_prompt", { name: "a" })).toMatchObject({ archived_at: null });
  });

  it("ends it between two steps when it is told to stop", async () => {
    await write("a.md", "one\n");
    expect(await sync({ signal: AbortSignal.abort() })).toEqual([["added_here", "a", "planned"]]);
    expect(await sync()).toEqual([["added_here", "a", "done"]]);
  });
});
