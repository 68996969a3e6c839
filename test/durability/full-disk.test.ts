import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { librarySettings, openLibrary, type TestMember } from "../support/library.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { restClient } from "../support/rest.ts";
import { smallDisk } from "../support/small-disk.ts";
import { inPostgres } from "../support/with-sqlite.ts";

const disk = inPostgres ? "a library in PostgreSQL is on another" : await smallDisk(80);
if (typeof disk === "string") console.warn(`Skipped: no disk is filled, since ${disk}`);

describe.skipIf(typeof disk === "string")("a server whose disk is full", { timeout: 180_000 }, () => {
  const path = typeof disk === "string" ? "" : disk.path;
  const dataDir = join(path, "data");
  const ballast = join(path, "ballast");
  let server: RunningProgram;
  let member: TestMember;
  let key: string;
  beforeAll(async () => {
    const setup = await openLibrary({ dataDir });
    member = await setup.found("ada");
    key = await member.key();
    await setup.close();
    await writeFile(ballast, Buffer.alloc(68 * 1024 * 1024));
    server = await serveProgram(dataDir, { PROMPTFORGE_LIMIT_WRITES: "0", PROMPTFORGE_LIMIT_READS: "0" });
  });
  afterAll(async () => {
    server?.child.kill("SIGKILL");
    if (typeof disk !== "string") await disk.close();
  });

  it("says so and what to do, serves reads, loses nothing acknowledged, and goes on when there is space", async () => {
    const send = restClient(server.url, key);
    const acknowledged: string[] = [];
    const store = async () => {
      const name = `filling/p${acknowledged.length}`;
      const reply = await send("POST", "/v1/prompts", {
        json: { name, content: "All the words of it. ".repeat(3000) },
      });
      if (reply.status === 201) acknowledged.push(name);
      return reply;
    };
    let refused = await store();
    while (refused.status === 201) refused = await store();
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(refused).toMatchObject({
      status: 503,
      body: { code: "unavailable", detail: expect.stringMatching(/disk .*full.*[Ff]ree some space/) },
    });
    expect(refused.headers.get("Retry-After")).not.toBeNull();

    // Nothing is left of what was refused, and what was acknowledged can be read.
    const last = acknowledged.at(-1);
    expect((await send("GET", `/v1/prompts/${last}`)).status).toBe(200);
    expect((await send("GET", `/v1/prompts/filling/p${acknowledged.length}`)).status).toBe(404);
    expect((await send("GET", "/v1/prompts?limit=5")).status).toBe(200);
    expect((await send("GET", "/v1/search?query=words")).status).toBe(200);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    const { stdout } = await runHere(["doctor", "--json"], {
      env: { ...(await librarySettings(dataDir)), PROMPTFORGE_DATA_DIR: dataDir, PROMPTFORGE_PORT: "0" },
    });
    const check = JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === "disk space");
    expect(check).toMatchObject({ status: "fail", message: expect.stringContaining("full") });

    await rm(ballast);
    await eventually(async () => (await store()).status === 201);
    for (const name of acknowledged)
      expect((await send("GET", `/v1/prompts/${name}`)).status, name).toBe(200);
    expect(await server.stop()).toBe(0);
    const database = new Database(join(dataDir, "promptforge.db"));
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    database.close();
    const library = await openLibrary({ dataDir });
    try {
      expect(await library.as(member.caller).call("verify_audit_log")).toMatchObject({ intact: true });
      expect((await library.app.reconciler.reconcile()).left).toEqual({ missing: 0, stale: 0, orphaned: 0 });
    } finally {
      await library.close();
    }
  });
});
