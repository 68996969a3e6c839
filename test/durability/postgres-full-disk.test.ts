import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { openLibrary, type TestMember } from "../support/library.ts";
import { POSTGRES_MISSING, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { QDRANT_MISSING, type QdrantServer, startQdrant } from "../support/qdrant.ts";
import { restClient } from "../support/rest.ts";
import { type SmallDisk, smallDisk } from "../support/small-disk.ts";

const tried = await smallDisk(1);
const missing = POSTGRES_MISSING ?? QDRANT_MISSING ?? (typeof tried === "string" ? tried : undefined);
if (missing !== undefined) console.warn(`Skipped: no disk of PostgreSQL's is filled, since ${missing}`);
if (typeof tried !== "string") await tried.close();

const DISK_MB = 240;
/** What is left of it for the test to fill. */
const LEFT_MB = 10;

describe.skipIf(missing !== undefined)("a PostgreSQL server whose disk is full", { timeout: 240_000 }, () => {
  let disk: SmallDisk;
  let folder: string;
  let qdrant: QdrantServer;
  let postgres: PostgresServer;
  let server: RunningProgram;
  let environment: Record<string, string>;
  let member: TestMember;
  let send: ReturnType<typeof restClient>;
  let ballast: string;

  beforeEach(async () => {
    const made = await smallDisk(DISK_MB);
    if (typeof made === "string") throw new Error(made);
    disk = made;
    ballast = join(disk.path, "ballast");
    folder = await mkdtemp(join(tmpdir(), "promptforge-full-"));
    qdrant = await startQdrant();
  });
  afterEach(async () => {
    server?.child.kill("SIGKILL");
    await postgres?.close();
    await qdrant?.close();
    await disk?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a library on it, and fills the disk but for a little. */
  async function serve(): Promise<void> {
    const { url, ownerUrl } = await postgres.createDatabase();
    environment = {
      DATABASE_URL: url,
      DATABASE_OWNER_URL: ownerUrl,
      PROMPTFORGE_KEYS_SECRET: "a secret of the tests, which is long enough",
      QDRANT_URL: qdrant.url,
      QDRANT_API_KEY: qdrant.apiKey,
      PROMPTFORGE_LIMIT_WRITES: "0",
      PROMPTFORGE_LIMIT_READS: "0",
      // Megabytes of digits would be embedded for minutes.
      PROMPTFORGE_INDEXER: "false",
    };
    const setup = await openLibrary({ dataDir: folder, environment });
    member = await setup.found("ada");
    const key = await member.key();
    await setup.close();
    const free = await disk.free();
    await writeFile(ballast, Buffer.alloc(free - LEFT_MB * 1024 * 1024));
    server = await serveProgram(folder, environment);
    send = restClient(server.url, key);
  }

  /** Stores prompts until one is refused; the names of those that were acknowledged, and the refusal. */
  async function fill() {
    const acknowledged: string[] = [];
    for (;;) {
      const name = `filling/p${acknowledged.length}`;
      // Of digits at random, since PostgreSQL compresses what is long.
      const content = Array.from({ length: 3000 }, () => Math.random().toString(36)).join(" ");
      const refused = await send("POST", "/v1/prompts", { json: { name, content } });
      if (refused.status !== 201) return { acknowledged, refused };
      acknowledged.push(name);
    }
  }

  async function goesOnWith(acknowledged: readonly string[]): Promise<void> {
    await eventually(async () => {
      const reply = await send("POST", "/v1/prompts", {
        json: { name: "after", content: "There is space." },
      });
      return reply.status === 201;
    });
    for (const name of acknowledged)
      expect((await send("GET", `/v1/prompts/${name}`)).status, name).toBe(200);
    expect(await server.stop()).toBe(0);
    const library = await openLibrary({ dataDir: folder, environment });
    try {
      expect(await library.as(member.caller).call("verify_audit_log")).toMatchObject({ intact: true });
    } finally {
      await library.close();
    }
  }

  it("of tables only: writes are refused and say why, reads are served, and it goes on when there is space", async () => {
    postgres = await startPostgres({ on: disk.path, walOn: folder });
    await serve();
    const { acknowledged, refused } = await fill();
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(refused).toMatchObject({
      status: 503,
      body: { code: "unavailable", detail: expect.stringMatching(/disk of the database server is full/) },
    });
    expect(refused.headers.get("Retry-After")).not.toBeNull();
    expect((await send("GET", `/v1/prompts/${acknowledged.at(-1)}`)).status).toBe(200);
    expect((await send("GET", `/v1/prompts/filling/p${acknowledged.length}`)).status).toBe(404);
    expect((await send("GET", "/v1/prompts?limit=5")).status).toBe(200);
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    await rm(ballast);
    await goesOnWith(acknowledged);
  });

  it("of the log too, on which PostgreSQL ends: nothing acknowledged is lost, and it goes on when that is up again", async () => {
    postgres = await startPostgres({ on: disk.path });
    await serve();
    const { acknowledged, refused } = await fill();
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(refused).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(refused.headers.get("Retry-After")).not.toBeNull();
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    await rm(ballast);
    // Where it has not ended by itself: the disk was full in the middle of something.
    await postgres.kill();
    await postgres.restart();
    await goesOnWith(acknowledged);
  });
});
