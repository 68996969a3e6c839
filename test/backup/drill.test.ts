import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runHere, start } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { librarySettings, openLibrary } from "../support/library.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { describeWithSqlite } from "../support/with-sqlite.ts";

let folder: string;
let server: RunningProgram | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-drill-"));
});
afterEach(async () => {
  server?.child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

async function founded(dataDir: string): Promise<string> {
  const library = await openLibrary({ dataDir });
  const key = await (await library.found("ada")).key();
  await library.close();
  return key;
}

/** Writes until told to stop; what was acknowledged, in order. */
function writers(server: RunningProgram, key: string, count: number) {
  const acknowledged: string[] = [];
  let goesOn = true;
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const post = async (path: string, method: string, body: unknown) => {
    const response = await fetch(`${server.url}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  };
  const write = async (writer: number) => {
    for (let n = 0; goesOn; n++) {
      const name = `writer-${writer}/p${n}`;
      await post("/v1/prompts", "POST", { name, content: `Prompt ${n} of writer ${writer} about tides` });
      await post(`/v1/prompts/${name}`, "PUT", { content: `Second words ${n} of ${writer} about tides` });
      acknowledged.push(name);
    }
  };
  const ended = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  return {
    acknowledged,
    stop: async () => {
      goesOn = false;
      await ended;
    },
  };
}

async function settingsOf(dataDir: string) {
  return { ...(await librarySettings(dataDir)), PROMPTFORGE_DATA_DIR: dataDir };
}

/** A command that does not need a process of its own. */
async function promptforge(dataDir: string, ...args: string[]) {
  const env = await settingsOf(dataDir);
  const { code, stdout, stderr } = await runHere([...args, "--json"], { env });
  if (code !== 0) throw new Error(`promptforge ${args.join(" ")}: ${code} ${stderr}`);
  return JSON.parse(stdout);
}

/** All versions of all prompts, and the audit, as `export-tenant` gives them: a record a line. */
async function exported(dataDir: string, key: string): Promise<string[]> {
  const file = join(folder, `export-${Math.random()}.jsonl`);
  const { code, stderr } = await runHere(["export-tenant", file], {
    env: { ...(await settingsOf(dataDir)), PROMPTFORGE_TOKEN: key },
  });
  expect(code, stderr).toBe(0);
  return (await readFile(file, "utf8")).trimEnd().split("\n");
}

const describeBackups = describeWithSqlite(
  "the drill of a backup",
  "PostgreSQL makes its backups by its own means",
);

describeBackups(
  "the drill: a backup of a server under writes, restored elsewhere",
  { timeout: 300_000 },
  () => {
    it("has every write that was acknowledged before it began, and is equal to the library that it is of", async () => {
      const dataDir = join(folder, "data");
      const key = await founded(dataDir);
      // As fast as it can: a limit of calls would end the load.
      server = await serveProgram(dataDir, { PROMPTFORGE_LIMIT_WRITES: "0" });
      const load = writers(server, key, 3);
      await eventually(() => load.acknowledged.length >= 20);

      const before = [...load.acknowledged];
      const underLoad = join(folder, "under-load");
      const made = await start(["backup", underLoad], { env: await settingsOf(dataDir) }).ended;
      expect(made.code, made.stderr).toBe(0);
      // The load went on meanwhile.
      const after = load.acknowledged.length;
      await eventually(() => load.acknowledged.length > after);
      await load.stop();
      const quiet = join(folder, "quiet");
      await promptforge(dataDir, "backup", quiet);
      expect(await server.stop()).toBe(0);

      const verdict = await promptforge(dataDir, "backup", "verify", underLoad);
      expect(verdict).toMatchObject({ ok: true, tenants: 1 });
      expect(verdict.library.counts.prompts).toBeGreaterThanOrEqual(before.length);
      expect(verdict.audit_records).toBe(verdict.library.counts.audit_log);

      const elsewhere = join(folder, "elsewhere");
      const { index } = await promptforge(elsewhere, "backup", "restore", underLoad);
      expect(index).toEqual({ missing: 0, stale: 0, orphaned: 0 });
      const [original, restored] = [await exported(dataDir, key), await exported(elsewhere, key)];
      // All that it says, the library says word for word; its own end is its own.
      const ofPrompts = (lines: readonly string[]) => lines.filter((line) => line.includes('"writer-'));
      expect(ofPrompts(restored).length).toBeGreaterThan(before.length);
      const names = ofPrompts(restored).join("\n");
      for (const name of before) expect(names).toContain(`"${name}"`);

      const copy = join(folder, "copy");
      await promptforge(copy, "backup", "restore", quiet);
      const recordsOf = (lines: readonly string[]) => lines.filter((line) => !line.includes('"kind":"end"'));
      expect(recordsOf(await exported(copy, key))).toEqual(recordsOf(original));

      const library = await openLibrary({ dataDir: elsewhere });
      try {
        const caller = await library.app.services.authentication.authenticate(key);
        const member = library.as({
          ...caller,
          call: { operation: "test", requestId: "test", at: new Date(), address: undefined },
        });
        for (const name of before)
          expect(await member.call("get_prompt", { name })).toMatchObject({ name, version: 2 });
        const { items, pending } = await member.call("search_prompts", {
          query: "second words about tides",
          limit: 5,
        });
        expect(pending).toBe(0);
        expect(items).toHaveLength(5);
        expect(items[0].similarity).not.toBeNull();
        expect(await member.call("verify_audit_log")).toMatchObject({ intact: true });
        await member.call("create_prompt", { name: "new/one", content: "It goes on." });
      } finally {
        await library.close();
      }
    });
  },
);
