import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { openLibrary } from "../support/library.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { inPostgres } from "../support/with-sqlite.ts";

/** `npm run test:crash` says more. */
const ROUNDS = Number(process.env["PROMPTFORGE_TEST_CRASH_ROUNDS"] ?? 5);
const WRITERS = 3;
const NOTHING = { missing: 0, stale: 0, orphaned: 0 };

let dataDir: string;
let server: RunningProgram | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "promptforge-kill-"));
});
afterEach(async () => {
  server?.child.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

/** Creates prompts and changes them, until the server is gone; notes which version of each was acknowledged last. */
async function write(url: string, key: string, prefix: string, acknowledged: Map<string, number>) {
  const send = async (method: string, path: string, body: unknown) => {
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    const response = await fetch(`${url}/v1/prompts${path}`, { method, headers, body: JSON.stringify(body) });
    await response.text();
    return response.status;
  };
  for (let n = 0; ; n++) {
    const name = `${prefix}/p${n}`;
    if ((await send("POST", "", { name, content: `Prompt ${n} of ${prefix}` })) === 201)
      acknowledged.set(name, 1);
    if ((await send("PUT", `/${name}`, { content: `Changed ${n} of ${prefix}` })) === 200)
      acknowledged.set(name, 2);
  }
}

describe("kill -9 of a server under writes", { timeout: 60_000 + ROUNDS * 30_000 }, () => {
  it(`loses no acknowledged write in ${ROUNDS} rounds, leaves database and audit whole, and the index catches up`, async () => {
    const setup = await openLibrary({ dataDir });
    const member = await setup.found("ada");
    const key = await member.key();
    await setup.close();

    const acknowledged = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      server = await serveProgram(dataDir, {
        PROMPTFORGE_INDEX_LEASE_SECONDS: "1",
        PROMPTFORGE_LIMIT_WRITES: "0",
      });
      const { url } = server;
      const writers = Promise.allSettled(
        Array.from({ length: WRITERS }, (_, writer) =>
          write(url, key, `round-${round}/writer-${writer}`, acknowledged),
        ),
      );
      // Anywhere: in the middle of the first writes, or after some.
      const enough = acknowledged.size + 1 + Math.floor(Math.random() * 15);
      await eventually(() => acknowledged.size >= enough);
      await server.kill();
      await writers;
    }
    console.log(`${ROUNDS} rounds, ${acknowledged.size} prompts acknowledged`);

    if (!inPostgres) {
      const database = new Database(join(dataDir, "promptforge.db"));
      expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
      expect(database.pragma("foreign_key_check")).toEqual([]);
      database.close();
    }
    const library = await openLibrary({ dataDir });
    try {
      const ada = library.as(member.caller);
      for (const [name, version] of acknowledged) {
        const found = await ada.call("get_prompt", { name });
        expect(found.version, name).toBeGreaterThanOrEqual(version);
      }
      expect(await ada.call("verify_audit_log")).toMatchObject({ intact: true });
      // What a killed process had taken is free again when its lease has ended.
      expect((await library.app.reconciler.reconcile()).left).toEqual(NOTHING);
      expect((await library.app.reconciler.reconcile()).found).toEqual(NOTHING);
    } finally {
      await library.close();
    }
  });
});

describe("SIGTERM", () => {
  it("ends the server with exit code 0", async () => {
    server = await serveProgram(dataDir);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});
