import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { openPostgresStorage } from "../../src/storage/postgres/storage.ts";
import { termQuery } from "../../src/storage/postgres/word-query.ts";
import { asSuperuser } from "../support/postgres.ts";
import { createLibrary, openPostgres, sharedPostgres } from "../support/shared-postgres.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";
import { found, newPrompt, store } from "./fixtures.ts";

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function column(client: pg.Client, text: string, values: unknown[] = []): Promise<unknown[]> {
  const { rows } = await client.query({ text, values, rowMode: "array" });
  return rows.map(([value]) => value);
}

const TENANT_TABLES = `
  select relname from pg_class join pg_attribute on attrelid = pg_class.oid
  where relnamespace = 'public'::regnamespace and relkind = 'r' and attname = 'tenant_id' order by relname`;

describeWithPostgres("opening a library in PostgreSQL", () => {
  it("migrates once when several servers start on an empty database, and each can use it", async () => {
    const { url, ownerUrl } = await (await sharedPostgres()).createDatabase();
    const storages = await Promise.all(Array.from({ length: 4 }, () => openPostgres({ url, ownerUrl })));
    const [first, ...others] = storages;
    if (first === undefined) throw new Error("none was opened");
    const ann = await found(first);
    for (const other of others) {
      expect(await other.directory.read((directory) => directory.findUserByName(ann.username))).toMatchObject(
        {
          id: ann.userId,
        },
      );
    }
    const migrations = await column(
      await connect(ownerUrl),
      "select count(*) from __drizzle_migrations group by hash",
    );
    expect(new Set(migrations)).toEqual(new Set(["1"]));
  });

  it("leaves nothing of a migration whose program is killed, and migrates the next time", async () => {
    const { url, ownerUrl, name } = await (await sharedPostgres()).createDatabase();
    const blocker = await connect((await sharedPostgres()).url(name));
    // Held back in the middle, by a lock on what its last step needs.
    await blocker.query("begin; create table blocked (); lock table pg_policy in access exclusive mode");
    const program = new URL("programs/open-postgres.ts", import.meta.url).pathname;
    const opening = promisify(execFile)(process.execPath, [program, url, ownerUrl]);
    const failed = opening.catch(() => "killed");
    await expect
      .poll(() => column(blocker, "select count(*) from pg_locks where not granted"), { timeout: 30_000 })
      .toEqual(["1"]);
    opening.child.kill("SIGKILL");
    expect(await failed).toBe("killed");
    await blocker.query("rollback");
    await found(await openPostgres({ url, ownerUrl }));
  });

  it("refuses the library of a newer program, and changes nothing in it", async () => {
    const { url, ownerUrl } = await createLibrary();
    const owner = await connect(ownerUrl);
    await owner.query(
      "insert into __drizzle_migrations (hash, created_at) values ('of a newer one', 9999999999999)",
    );
    await expect(openPostgresStorage({ url, ownerUrl })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("newer PromptForge"),
    });
  });

  it("works as a role of its own where one role is all it was given, which neither owns the tables nor bypasses policies", async () => {
    const server = await sharedPostgres();
    const { ownerUrl, name } = await server.createDatabase();
    await asSuperuser(server.url(), ["alter role owner createrole"]);
    const storage = await openPostgres({ url: ownerUrl, ownerUrl: undefined });
    await found(storage);
    const roles = await storage.database.read(async () =>
      storage.database.connection.db.values<[string]>("select current_user"),
    );
    expect(roles).toEqual([["promptforge_server"]]);
    const superuser = await connect(server.url(name));
    expect(
      await column(superuser, "select distinct tableowner from pg_tables where schemaname = 'public'"),
    ).toEqual(["owner"]);
  });

  it.each([
    ["a superuser", (url: { superuser: string }) => url.superuser, "bypass row-level security"],
    ["the owner of the tables", (url: { owner: string }) => url.owner, "owns the tables"],
  ])("refuses to work as %s", async (_name, urlOf, message) => {
    const library = await createLibrary();
    const superuser = (await sharedPostgres()).url(library.name);
    const opening = openPostgresStorage({
      url: urlOf({ superuser, owner: library.ownerUrl }),
      ownerUrl: library.ownerUrl,
    });
    await expect(opening).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(message),
    });
  });

  it("says what is wrong when there is no server, no such database or no such user", async () => {
    const { url } = await createLibrary();
    const wrong = new URL(url);
    wrong.password = "wrong";
    const elsewhere = new URL(url);
    elsewhere.pathname = "/nothing";
    const nobody = new URL(url);
    nobody.port = "1";
    for (const [bad, message] of [
      [wrong, "refuses the user"],
      [elsewhere, "is not there"],
      [nobody, "cannot be reached"],
    ] as const) {
      const opening = openPostgresStorage({ url: bad.href, ownerUrl: bad.href });
      await expect(opening).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(new RegExp(`^Cannot open the library in PostgreSQL\\..*${message}`)),
      });
    }
  });
});

describeWithPostgres("row-level security", () => {
  it("is forced on every table with a tenant", async () => {
    const { ownerUrl } = await createLibrary();
    const owner = await connect(ownerUrl);
    const guarded = await column(
      owner,
      `select relname from pg_class where relrowsecurity and relforcerowsecurity and relnamespace = 'public'::regnamespace`,
    );
    const tables = await column(owner, TENANT_TABLES);
    expect(tables.length).toBeGreaterThan(25);
    for (const table of [...tables, "tenants"]) expect(guarded).toContain(table);
  });

  it("shows no row where no tenant is set, to the server's role and to the owner", async () => {
    const library = await createLibrary();
    const storage = await openPostgres(library);
    const ann = await found(storage);
    await store(storage, ann, newPrompt(ann), "word");
    for (const url of [library.url, library.ownerUrl]) {
      const client = await connect(url);
      for (const table of [...(await column(client, TENANT_TABLES)), "tenants"]) {
        if (table === "prompt_words" && url === library.ownerUrl) continue;
        expect(await column(client, `select count(*) from ${table}`), `${table} of ${url}`).toEqual(["0"]);
      }
      expect(
        await column(client, "select words_matching($1, $2, null)", [
          ann.tenantId,
          termQuery(ann.tenantId, "word"),
        ]),
      ).toEqual([]);
    }
  });

  it("shows a transaction its tenant's rows, and lets it write no others", async () => {
    const library = await createLibrary();
    const storage = await openPostgres(library);
    const [ann, bob] = [await found(storage), await found(storage)];
    const [own, other] = [await store(storage, ann), await store(storage, bob)];
    const client = await connect(library.url);
    await client.query("begin");
    await client.query("select set_config('promptforge.tenant', $1, true)", [ann.tenantId]);
    expect(await column(client, "select id from prompts")).toEqual([own.id]);
    expect((await client.query("update prompts set title = 'x' where id = $1", [other.id])).rowCount).toBe(0);
    expect((await client.query("delete from prompts where id = $1", [other.id])).rowCount).toBe(0);
    const writing = client.query(
      "insert into favourites (tenant_id, user_id, prompt_id, pinned_at) values ($1, $2, $3, 0)",
      [bob.tenantId, bob.userId, other.id],
    );
    await expect(writing).rejects.toThrow("row-level security");
  });

  it("cannot be taken away by the server's role, which may not change tables either", async () => {
    const client = await connect((await createLibrary()).url);
    for (const statement of [
      "alter table prompts no force row level security",
      "alter table prompts disable row level security",
      "drop policy of_tenant on prompts",
      "drop table favourites",
      "set role owner",
      "delete from library",
      "update __drizzle_migrations set hash = ''",
    ]) {
      await expect(client.query(statement), statement).rejects.toThrow(/must be owner|permission denied/);
    }
  });
});

describeWithPostgres("a library in PostgreSQL", () => {
  it("says that the database is out of reach, and goes on by itself when it is back", async () => {
    const storage = await openPostgres();
    const ann = await found(storage);
    const server = await sharedPostgres();
    await server.kill();
    await expect(storage.ping()).rejects.toMatchObject({ code: "unavailable" });
    const writing = storage.tenant(ann.tenantId).write(({ prompts }) => prompts.insert(newPrompt(ann)));
    await expect(writing).rejects.toMatchObject({ code: "unavailable" });
    await server.restart();
    await expect.poll(() => storage.ping().then(() => "up"), { timeout: 30_000 }).toBe("up");
    await store(storage, ann);
  });

  it("lives on when a connection is lost between two statements of a transaction, and fails that alone", async () => {
    const library = await createLibrary();
    const storage = await openPostgres(library);
    const { database } = storage;
    const superuser = await connect((await sharedPostgres()).url(library.name));
    const reading = database.read(async () => {
      const [backend] = await database.connection.db.values<[number]>("select pg_backend_pid()");
      await column(superuser, "select pg_terminate_backend($1)", [backend?.[0]]);
      await expect
        .poll(() => column(superuser, "select pid from pg_stat_activity where pid = $1", [backend?.[0]]))
        .toEqual([]);
      await database.connection.db.values("select 1");
    });
    await expect(reading).rejects.toMatchObject({ code: "unavailable" });
    await storage.ping();
  });

  it("acknowledges no write in which a failed statement was passed over", async () => {
    const storage = await openPostgres();
    const ann = await found(storage);
    const { connection, queues } = storage.database;
    const writing = queues.write(async () => {
      await connection.db.run(`update tenants set name = 'lost' where id = '${ann.tenantId}'`);
      await Promise.resolve(connection.db.run("select 1 / 0")).catch(() => undefined);
    });
    await expect(writing).rejects.toThrow("passed over");
    const names = (await storage.directory.read((directory) => directory.tenants())).map(({ name }) => name);
    expect(names).not.toContain("lost");
  });

  it("ends a statement that takes too long", async () => {
    const storage = await openPostgres({ statementMs: 100 });
    const slow = storage.database.read(async () => storage.database.connection.db.run("select pg_sleep(30)"));
    await expect(slow).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("too long"),
    });
  });

  it("does a transaction again that met another in a deadlock", async () => {
    const storage = await openPostgres();
    const [ann, bob] = [await found(storage), await found(storage)];
    const { connection, queues } = storage.database;
    const rename = (id: string) =>
      connection.db.run(`update tenants set name = name || '+' where id = '${id}'`);
    const { promise: arrived, resolve: both } = Promise.withResolvers<void>();
    let waiting = 2;
    const crosswise = (first: string, second: string) =>
      queues.write(async () => {
        await rename(first);
        waiting -= 1;
        if (waiting === 0) both();
        await arrived;
        await rename(second);
      });
    await Promise.all([crosswise(ann.tenantId, bob.tenantId), crosswise(bob.tenantId, ann.tenantId)]);
    const names = (await storage.directory.read((directory) => directory.tenants())).map(({ name }) => name);
    expect(names.map((name) => name.replaceAll(/[^+]/g, ""))).toEqual(["++", "++"]);
  });

  it("keeps NUL, and the character that stands for it, as they are", async () => {
    const storage = await openPostgres();
    const ann = await found(storage);
    const title = `a\0b\ufdd0c\ufdd00d ${randomUUID()}`;
    const prompt = await store(storage, ann, newPrompt(ann, { title }));
    const read = await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.find({ id: prompt.id }));
    expect(read?.title).toBe(title);
  });
});

describe("the schema of PostgreSQL", () => {
  it("has had every change of the tables that the statements are written for", async () => {
    const run = promptlyGenerate();
    expect(await run).toContain("No schema changes");
  });
});

/** drizzle-kit writes no migration where there is nothing to migrate. */
async function promptlyGenerate(): Promise<string> {
  const root = new URL("../..", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "node_modules/drizzle-kit/bin.cjs",
      "generate",
      "--config",
      "drizzle.postgres.config.ts",
      "--name",
      "forgotten",
    ],
    { cwd: root },
  );
  return stdout;
}
