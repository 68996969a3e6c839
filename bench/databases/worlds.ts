import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { type Library, openLibrary, type TestMember } from "../../test/support/library.ts";
import type { PostgresServer } from "../../test/support/postgres.ts";
import type { QdrantServer } from "../../test/support/qdrant.ts";

export const KEYS_SECRET = "a secret of the benches, which is long enough";

/** A library in one of the databases. */
export interface World {
  readonly name: "sqlite" | "postgresql";
  readonly library: Library;
  /** Reads a prompt, as a call does. */
  get(): Promise<unknown>;
  /** A page of 20 of a tenant that was filled with so many prompts. */
  list(count: number, page: "first" | "deep"): Promise<unknown>;
  readonly tenants: Map<number, TestMember>;
  /** Runs a statement that no policy and no trigger stops. */
  run(statement: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWorlds(postgres: PostgresServer, qdrant: QdrantServer): Promise<World[]> {
  const { url, ownerUrl, name } = await postgres.createDatabase();
  const folders = await Promise.all(
    ["sqlite", "postgresql"].map((one) => mkdtemp(join(tmpdir(), `bench-${one}-`))),
  );
  const [own = "", other = ""] = folders;
  const limits = { PROMPTFORGE_INDEXER: "false", PROMPTFORGE_USAGE_DAYS: "0" };
  const sqlite = await openLibrary({ dataDir: own, environment: limits });
  const inPostgres = await openLibrary({
    dataDir: other,
    environment: {
      ...limits,
      DATABASE_URL: url,
      DATABASE_OWNER_URL: ownerUrl,
      PROMPTFORGE_KEYS_SECRET: KEYS_SECRET,
      QDRANT_URL: qdrant.url,
      QDRANT_API_KEY: qdrant.apiKey,
    },
  });
  return [
    await worldOf("sqlite", sqlite, async (statement) => {
      const db = new Database(join(own, "promptforge.db"));
      db.exec(statement);
      db.close();
    }),
    await worldOf("postgresql", inPostgres, async (statement) => {
      const client = new pg.Client({ connectionString: postgres.url(name) });
      await client.connect();
      await client.query("set session_replication_role = replica");
      await client.query(statement);
      await client.query("analyze");
      await client.end();
    }),
  ];
}

async function worldOf(name: World["name"], library: Library, run: World["run"]): Promise<World> {
  const ada = await library.found("ada");
  await ada.call("create_prompt", { name: "bench/one", content: "Say {{what}} to {{whom}}. ".repeat(20) });
  const tenants = new Map<number, TestMember>();
  const cursors = new Map<number, string>();
  return {
    name,
    library,
    tenants,
    get: () => ada.call("get_prompt", { name: "bench/one" }),
    async list(count, page) {
      const member = tenants.get(count);
      if (member === undefined) throw new Error(`No tenant has ${count} prompts`);
      const cursor = page === "first" ? undefined : (cursors.get(count) ?? (await deepCursor(member)));
      if (cursor !== undefined) cursors.set(count, cursor);
      return member.call("list_prompts", { limit: 20, cursor });
    },
    run,
    async close() {
      await library.close();
      await rm(library.dataDir, { recursive: true, force: true });
    },
  };
}

/** Of a page that many others come before. */
async function deepCursor(member: TestMember): Promise<string> {
  let cursor: string | undefined;
  for (let page = 0; page < 5; page++) {
    cursor = (await member.call("list_prompts", { limit: 100, cursor })).next_cursor ?? cursor;
  }
  return cursor ?? "";
}

/** A new tenant with so many prompts of one version, written past the program: their rows are all that lists read. */
export async function fillTenant(world: World, count: number): Promise<void> {
  const member = await world.library.found(`tenant-of-${count}`);
  const { tenantId, userId } = member.caller;
  const numbers =
    world.name === "sqlite"
      ? `with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count})`
      : `with numbers(n) as (select generate_series(1, ${count}))`;
  // Numbers that nobody else's rows have.
  const first = 1_000_000 + count * 2;
  await world.run(`${numbers}
    insert into prompts (tenant_id, id, seq, name, title, description, tags, arguments, latest_version, author_id, created_at, updated_at)
    select '${tenantId}', 'id-' || n, ${first} + n, 'p/' || n, 'Title ' || n, '', '[]', '[]', 1, '${userId}', 1700000000000 + n, 1700000000000 + n from numbers`);
  await world.run(`${numbers}
    insert into versions (tenant_id, prompt_id, number, title, description, tags, content, arguments, content_hash, author_id, change_note, created_at)
    select '${tenantId}', 'id-' || n, 1, 'Title ' || n, '', '[]', 'Content ' || n, '[]', 'hash', '${userId}', '', 1700000000000 + n from numbers`);
  world.tenants.set(count, member);
}
