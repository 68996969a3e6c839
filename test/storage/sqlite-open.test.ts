import { execFile, spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { describe, expect, it } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { found, newKey, store } from "./fixtures.ts";
import { openTemp, tempFile } from "./temp-sqlite.ts";

const PROGRAMS = join(import.meta.dirname, "programs");
const MIGRATIONS = join(import.meta.dirname, "../../src/storage/sqlite/migrations");
const migrations = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql")).length;

describe("opening a SQLite library", () => {
  it("makes the file for its owner's eyes only", async () => {
    const file = await tempFile();
    await openTemp({ file });
    const modes = [file, `${file}-wal`].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  it("finds all again that was stored before", async () => {
    const file = await tempFile();
    const first = await openSqliteStorage({ file });
    const ann = await found(first);
    const prompt = await store(first, ann);
    await first.close();

    const second = await openTemp({ file });
    const again = await second.tenant(ann.tenantId).read(({ prompts }) => prompts.find({ id: prompt.id }));
    expect(again).toEqual({ ...prompt, labels: {}, author: ann.username });
  });

  it.each(["new", "existing"])("sets what durability needs on both connections of a %s file", async (age) => {
    const file = await tempFile();
    if (age === "existing") await (await openSqliteStorage({ file })).close();
    const { database } = await openTemp({ file, busyTimeoutMs: 1234 });
    for (const { client } of [database.writer, database.reader]) {
      const value = (pragma: string) => client.pragma(pragma, { simple: true });
      expect(value("journal_mode")).toBe("wal");
      expect(value("synchronous")).toBe(2);
      expect(value("foreign_keys")).toBe(1);
      expect(value("busy_timeout")).toBeGreaterThan(0);
    }
    expect(database.reader.client.readonly).toBe(true);
    expect(() => database.reader.client.exec("delete from tenants")).toThrow("readonly");
  });

  it("waits for the disk at every commit but those that would be done again, whatever came before", async () => {
    const { database } = await openTemp();
    const level = () => database.writer.client.pragma("synchronous", { simple: true });
    const levels = [];
    for (const write of [database.writeSoon, database.write, database.writeSoon, database.write])
      levels.push(await write(level));
    await expect(database.writeSoon(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    levels.push(await database.write(level));
    expect(levels).toEqual([1, 2, 1, 2, 2]);
  });

  it("reports what it is made of", async () => {
    const file = await tempFile();
    const storage = await openTemp({ file });
    await found(storage);
    const report = await storage.inspect();
    expect(report).toEqual({
      kind: "sqlite",
      location: file,
      bytes: (await stat(file)).size + (await stat(`${file}-wal`)).size,
      schemaVersion: migrations,
      integrity: "ok",
      tenants: 1,
    });
    expect(report.bytes).toBeGreaterThan(0);
  });

  it("keeps the keys of a library from before keys had makers", async () => {
    const file = await tempFile();
    const old = libraryAfter(5, file);
    old.exec(`insert into tenants values ('t', 'T', 1); insert into users values ('u', 'ann', 'a hash', 1);
      insert into memberships (tenant_id, user_id, role, created_at) values ('t', 'u', 'admin', 1);
      insert into api_keys values ('t', 'k', 'u', 'laptop', 'its hash', 'pf_abc', 'viewer', 1, 9, null, null)`);
    old.close();

    const storage = await openTemp({ file });
    const [key] = await storage.tenant("t").read(({ keys }) => keys.listOf("u"));
    expect(key).toEqual({
      ...newKey({ tenantId: "t", userId: "u" }),
      id: "k",
      secretHash: "its hash",
      createdAt: new Date(1),
      expiresAt: new Date(9),
    });
    expect(await storage.inspect()).toMatchObject({ integrity: "ok", schemaVersion: migrations });
  });

  it("counts what a library from before quotas has", async () => {
    const file = await tempFile();
    const old = libraryAfter(10, file);
    old.exec(`insert into tenants (id, name, created_at) values ('t', 'T', 1), ('empty', 'E', 1); insert into users values ('u', 'ann', 'a hash', 1);
      insert into memberships (tenant_id, user_id, role, created_at) values ('t', 'u', 'admin', 1);
      insert into prompts (tenant_id, id, seq, name, title, description, tags, arguments, latest_version, author_id, created_at, updated_at)
      values ('t', 'p', 1, 'a/b', 'T', '', '[]', '[]', 2, 'u', 1, 1);
      insert into versions select 't', 'p', value, 'T', '', '[]', 'é', '[]', 'hash', 'u', '', 1 from json_each('[1, 2]')`);
    old.close();

    const storage = await openTemp({ file });
    const usageOf = (tenantId: string) => storage.tenant(tenantId).read((store) => store.quotas.usage());
    expect(await usageOf("t")).toEqual({
      prompts: 1,
      versions: 2,
      storage_bytes: 14,
      members: 1,
      webhooks: 0,
    });
    expect(await usageOf("empty")).toEqual({
      prompts: 0,
      versions: 0,
      storage_bytes: 0,
      members: 0,
      webhooks: 0,
    });
  });

  it("finds by their words the prompts of a library from before each tenant had words of its own", async () => {
    const file = await tempFile();
    const old = libraryAfter(10, file);
    old.exec(`insert into tenants (id, name, created_at) values ('t-1', 'T', 1), ('t-2', 'T', 1); insert into users values ('u', 'ann', 'a hash', 1);
      insert into memberships (tenant_id, user_id, role, created_at) values ('t-1', 'u', 'admin', 1), ('t-2', 'u', 'admin', 1);
      insert into prompts (tenant_id, id, seq, name, title, description, tags, arguments, latest_version, author_id, created_at, updated_at, archived_at)
      values ('t-1', 'p', 1, 'a/b', 'Ünïcode', 'kappa', '["eta theta"]', '[]', 2, 'u', 1, 1, null),
        ('t-1', 'gone', 2, 'a/c', 'Unicode', '', '[]', '[]', 1, 'u', 1, 1, 1), ('t-2', 'q', 3, 'a/b', 'Unicode', '', '[]', '[]', 1, 'u', 1, 1, null);
      insert into versions select tenant_id, p.id, n.value, title, '', '[]', 'content' || n.value, '[]', 'hash', 'u', '', 1
      from prompts p, json_each('[1, 2]') n where n.value <= latest_version`);
    old.close();

    const storage = await openTemp({ file });
    const terms = ["a", "unicode", "kappa", "theta", "content1", "content2"];
    const { counts, titled } = await storage.tenant("t-1").read(async ({ words }) => {
      const held = await words.heldBy(["p"], await words.list([{ term: "unicode", weight: 1 }]));
      return { counts: await words.count(terms), titled: held.get("p")?.titled };
    });
    expect([...counts.values()]).toEqual([1, 1, 1, 1, 0, 1]);
    expect(titled).toEqual(["unicode"]);
    expect([...(await storage.tenant("t-2").read(({ words }) => words.count(terms))).values()]).toEqual([
      1, 1, 0, 0, 1, 0,
    ]);
  });

  it("knows where the chunks are of a library that kept that with each vector, of versions that are indexed whole", async () => {
    const file = await tempFile();
    const old = libraryAfter(25, file);
    old.exec(`insert into tenants (id, name, created_at) values ('t', 'T', 1); insert into users (id, username, password_hash, created_at) values ('u', 'ann', 'a hash', 1);
      insert into memberships (tenant_id, user_id, role, created_at) values ('t', 'u', 'admin', 1);
      insert into prompts (tenant_id, id, seq, name, title, description, tags, arguments, latest_version, author_id, created_at, updated_at)
      values ('t', 'whole', 1, 'a/b', 'T', '', '[]', '[]', 1, 'u', 1, 1), ('t', 'part', 2, 'a/c', 'T', '', '[]', '[]', 1, 'u', 1, 1);
      insert into versions (tenant_id, prompt_id, number, title, description, tags, content, arguments, content_hash, author_id, change_note, created_at)
      select tenant_id, id, 1, title, '', '[]', 'content', '[]', 'hash', 'u', '', 1 from prompts;
      insert into chunks (tenant_id, prompt_id, position, total, version, start, "end", vector)
      values ('t', 'whole', 1, 2, 1, 4, 9, x'00'), ('t', 'whole', 0, 2, 1, 0, 5, x'00'), ('t', 'part', 0, 2, 1, 0, 5, x'00');
      insert into outbox (tenant_id, prompt_id, stage, generation, position, attempts, due_at, enqueued_at) values ('t', 'part', 'rest', 1, 1, 0, 0, 0)`);
    old.close();

    const storage = await openTemp({ file });
    const shown = await storage.tenant("t").read((store) => store.shown.at("latest", ["whole", "part"]));
    const spans = new Map(shown.map((prompt) => [prompt.id, prompt.spans]));
    expect(spans.get("whole")).toEqual([
      { start: 0, end: 5 },
      { start: 4, end: 9 },
    ]);
    expect(spans.get("part")).toBeUndefined();
    expect(await storage.outbox.claim("first", 9, 0)).toMatchObject([{ promptId: "part", position: 0 }]);
  });

  it("knows what prompts of a library from before includes include", async () => {
    const file = await tempFile();
    const old = libraryAfter(10, file);
    old.exec(`insert into tenants (id, name, created_at) values ('t', 'T', 1); insert into users values ('u', 'ann', 'a hash', 1);
      insert into memberships (tenant_id, user_id, role, created_at) values ('t', 'u', 'admin', 1);
      insert into prompts (tenant_id, id, seq, name, title, description, tags, arguments, latest_version, author_id, created_at, updated_at)
      values ('t', 'p', 1, 'a/b', 'T', '', '[]', '[]', 4, 'u', 1, 1)`);
    const contents = ["{{> tone@production}} and {{>tone}}", "\\{{> tone}}", "none", "{{> a}}".repeat(60)];
    const insert = old.prepare(
      "insert into versions values ('t', 'p', ?, 'T', '', '[]', ?, '[]', 'hash', 'u', '', 1)",
    );
    contents.forEach((content, index) => {
      insert.run(index + 1, content);
    });
    old.close();

    const versions = contents.map((_, index) => ({ promptId: "p", version: index + 1 }));
    const include = { promptId: "p", version: 1, name: "tone" };
    const twice = [await openTemp({ file }), await openTemp({ file })];
    for (const storage of twice) {
      const found = await storage.tenant("t").read((store) => store.includes.of(versions));
      expect(found.filter(({ version }) => version < 4)).toEqual(
        expect.arrayContaining([
          { ...include, at: "latest" },
          { ...include, at: "production" },
        ]),
      );
      expect(found).toHaveLength(3);
    }
  });

  it("migrates once when several processes open the same new file", async () => {
    const file = await tempFile();
    const program = join(PROGRAMS, "open-library.ts");
    const runs = ["a", "b", "c", "d"].map((id) => promisify(execFile)(process.execPath, [program, file, id]));
    for (const { stdout, stderr } of await Promise.all(runs)) {
      expect({ stdout, stderr }).toEqual({ stdout: String(migrations), stderr: "" });
    }
    expect(await (await openTemp({ file })).inspect()).toMatchObject({ tenants: 4, integrity: "ok" });
  });

  it("has every acknowledged write after the process was killed in the middle of its work", async () => {
    const file = await tempFile();
    let acknowledged = 0;
    for (let round = 0; round < 3; round++) {
      acknowledged = await killAfter(25, file);
      const storage = await openSqliteStorage({ file });
      const { tenants, integrity } = await storage.inspect();
      await storage.close();
      expect(integrity).toBe("ok");
      expect(tenants).toBeGreaterThanOrEqual(acknowledged);
    }
    expect(acknowledged).toBeGreaterThanOrEqual(75);
  });

  it("refuses the library of a newer program, and leaves it as it is", async () => {
    const file = await tempFile();
    await (await openSqliteStorage({ file })).close();
    const newer = new Database(file);
    newer.exec("insert into __drizzle_migrations (hash, created_at) values ('later', 9999999999999)");
    newer.close();

    await expect(openSqliteStorage({ file })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/made by a newer PromptForge.*Upgrade/),
    });
  });

  it("refuses another program's database, and adds nothing to it", async () => {
    const file = await tempFile();
    const other = new Database(file);
    other.exec("create table notes (text)");
    await expect(openSqliteStorage({ file })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("another program's"),
    });
    expect(other.prepare("select name from sqlite_schema").pluck().all()).toEqual(["notes"]);
    other.close();
  });

  it("refuses a file that is no database", async () => {
    const file = await tempFile();
    await writeFile(file, "This is a letter, not a database.\n".repeat(1000));
    await expect(openSqliteStorage({ file })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/library\.db.*not a SQLite database/),
    });
  });

  it("refuses a folder in the place of the file", async () => {
    const file = await tempFile();
    await mkdir(file);
    await expect(openSqliteStorage({ file })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("EISDIR"),
    });
  });

  it.each([
    ["below a file", async () => join(await tempFile(), "library.db")],
    ["where nobody can write", async () => "/sys/promptforge/library.db"],
  ])("refuses a folder %s, and names it", async (_where, place) => {
    const file = await place();
    if (!file.startsWith("/sys")) await writeFile(join(file, ".."), "");
    await expect(openSqliteStorage({ file })).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/library\.db.*cannot be written.*Name a folder/),
    });
  });
});

/** Starts a writer, kills it after some acknowledged writes, and gives how many it acknowledged. */
async function killAfter(writes: number, file: string): Promise<number> {
  const writer = spawn(process.execPath, [join(PROGRAMS, "write-until-killed.ts"), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = 0;
  let last = -1;
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    if (++seen === writes) writer.kill("SIGKILL");
  }
  return last + 1;
}

/** A library as a program made it that knew only the first migrations. */
function libraryAfter(count: number, file: string): InstanceType<typeof Database> {
  const old = new Database(file);
  old.exec(
    "create table __drizzle_migrations (id integer primary key, hash text not null, created_at numeric)",
  );
  const record = old.prepare("insert into __drizzle_migrations (hash, created_at) values (?, ?)");
  for (const { sql, hash, folderMillis } of readMigrationFiles({ migrationsFolder: MIGRATIONS }).slice(
    0,
    count,
  )) {
    for (const statement of sql) old.exec(statement);
    record.run(hash, folderMillis);
  }
  return old;
}
