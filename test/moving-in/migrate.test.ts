import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { catalogue } from "../../src/operations/index.ts";
import { emptyFolder, type Folder } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { type Answer, type Library, openLibrary, PASSWORD } from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { inPostgres } from "../support/with-sqlite.ts";
import {
  ACME,
  furnish,
  hash,
  LONE,
  OLD_PASSWORD,
  type OriginalDatabase,
  originalDatabase,
} from "./original.ts";

let folder: string;
let library: Folder;
let original: OriginalDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-original-"));
  library = await emptyFolder();
  original = originalDatabase(folder);
});
afterEach(async () => {
  original.db.close();
  await library.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command; gives its report and its exit code. */
async function migrate(...flags: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await library.run([
    "migrate-from-promptforge",
    "--database",
    original.file,
    "--json",
    ...flags,
  ]);
  if (stdout === "") throw new Error(`exit ${code}: ${stderr}`);
  return { code, ...JSON.parse(stdout) };
}

/** Opens what has moved in, and signs somebody in with a password. */
async function opened<T>(
  work: (own: Library, as: (username: string, password?: string) => Promise<Call>) => Promise<T>,
) {
  const own = await openLibrary({ dataDir: library.dataDir });
  const run = (name: string, input: object, token?: string) =>
    own.app.run(catalogue.find((operation) => operation.name === name)!, input, {
      requestId: "test",
      authenticate: () => own.app.services.authentication.authenticate(token),
    });
  try {
    return await work(own, async (username, password = OLD_PASSWORD) => {
      const { access_token } = await run("login", { username, password });
      return (name, input = {}) => run(name, input, String(access_token));
    });
  } finally {
    await own.close();
  }
}
type Call = (name: string, input?: object) => Promise<Answer>;

describe("moving the original's library in", () => {
  it("brings tenants, people, prompts, and versions with their numbers and dates", async () => {
    furnish(original);
    const report = await migrate();
    expect(report).toMatchObject({
      code: 0,
      dry_run: false,
      tenants: [
        { name: "Ada", users: 2, prompts: 3, versions: 4, unchanged: 0 },
        { name: "eve", users: 1, prompts: 1, versions: 3, unchanged: 0 },
      ],
      problems: [],
    });
    await opened(async (_own, as) => {
      const ada = await as("ada");
      expect((await ada("list_prompts", { sort: "name" })).items.map(({ name }: Answer) => name)).toEqual([
        "answer-customer-kindly",
        "answer-customer-kindly-2",
        "sort-this-message-by-urgency",
      ]);
      expect((await ada("get_versions", { name: "sort-this-message-by-urgency" })).items).toMatchObject([
        {
          number: 3,
          content: "Sort this message by urgency",
          created_at: "2024-03-05T09:30:00.000Z",
          author: "ada",
        },
        { number: 1, content: "Sort this message", created_at: "2024-03-01T10:00:00.123Z" },
      ]);
      expect(await ada("get_prompt", { name: "answer-customer-kindly" })).toMatchObject({
        version: 1,
        author: "bob",
        created_at: "2024-04-01T06:00:00.000Z",
        arguments: [{ name: "customer" }],
      });
      const found = await ada("search_prompts", { query: "urgency" });
      expect(found.items[0].name).toBe("sort-this-message-by-urgency");
    });
  });

  it("lets people sign in with the password that they have, in the role that they had, and keeps tenants apart", async () => {
    furnish(original);
    await migrate();
    await opened(async (own, as) => {
      const stored = () => own.app.storage.directory.read((store) => store.findUserByName("bob"));
      expect((await stored())?.passwordHash).toMatch(/^\$2b\$/);
      expect(await (await as("bob"))("whoami")).toMatchObject({ role: "reviewer", tenant: "Ada" });
      // Hashed again, by today's means, at the first sign-in.
      expect((await stored())?.passwordHash).toMatch(/^\$argon2id\$/);
      await as("bob");
      await expect(as("bob", "another password")).rejects.toMatchObject({ code: "unauthenticated" });
      const eve = await as("eve");
      expect(await eve("whoami")).toMatchObject({ role: "admin", tenant: "eve" });
      expect((await eve("list_prompts")).items).toHaveLength(1);
      await expect(eve("get_prompt", { name: "sort-this-message-by-urgency" })).rejects.toMatchObject({
        code: "not_found",
      });
    });
  });

  it("makes a version of what the prompt says where the original had none of it", async () => {
    furnish(original);
    await migrate();
    await opened(async (_own, as) => {
      const eve = await as("eve");
      const versions = (await eve("get_versions", { name: "a-lone-prompt" })).items;
      expect(versions.map(({ number, content }: Answer) => [number, content])).toEqual([
        [3, "A lone prompt"],
        [2, "An edited lone prompt"],
        [1, "A lone prompt"],
      ]);
    });
  });

  it("leaves the original's file as it is, and tells the audit of each tenant", async () => {
    furnish(original);
    original.db.close();
    const before = await readFile(original.file);
    await migrate();
    expect(await readFile(original.file)).toEqual(before);
    await opened(async (_own, as) => {
      const { items } = await (await as("ada"))("get_audit_log", { operation: "migrate_from_promptforge" });
      expect(items).toMatchObject([{ user_id: null, details: { members: 2, prompts: 3, versions: 4 } }]);
    });
  });

  it("does nothing under --dry-run, and says the same as it does without", async () => {
    furnish(original);
    const would = await migrate("--dry-run");
    const database = await rawDatabase(library);
    for (const table of ["users", "tenants", "prompts", "audit_log"])
      expect(await database.rows(table), table).toEqual([]);
    await database.close();
    const did = await migrate();
    expect({ ...would, dry_run: false }).toEqual(did);
  });

  it("changes nothing when it is run again, and adds what has come since", async () => {
    furnish(original);
    const [first, second] = [await migrate(), await migrate()];
    expect(second).toMatchObject({
      code: 0,
      tenants: [
        { tenant_id: first.tenants[0].tenant_id, users: 0, prompts: 0, versions: 0, unchanged: 3 },
        { tenant_id: first.tenants[1].tenant_id, users: 0, prompts: 0, versions: 0, unchanged: 1 },
      ],
    });
    original.user(9, "frank", ACME);
    original.prompt(10, 9, ACME, "A newer prompt");
    original.version(1, 4, "Sort this message by urgency and mood");
    original.db.exec("update prompt set content = 'Sort this message by urgency and mood' where id = 1");
    expect((await migrate()).tenants[0]).toMatchObject({ users: 1, prompts: 1, versions: 2, unchanged: 2 });
    await opened(async (_own, as) => {
      const frank = await as("frank");
      const prompt = await frank("get_prompt", { name: "sort-this-message-by-urgency" });
      expect(prompt).toMatchObject({ version: 4, content: "Sort this message by urgency and mood" });
      expect(await frank("get_audit_log").catch(({ code }: Answer) => code)).toBe("forbidden");
    });
  });

  it("leaves alone what has gone on here, and says so", async () => {
    furnish(original);
    await migrate();
    await opened(async (_own, as) => {
      await (await as("eve"))("update_prompt", { name: "a-lone-prompt", content: "Changed here" });
    });
    original.version(4, 4, "Changed there");
    original.db.exec("update prompt set content = 'Changed there' where id = 4");
    const report = await migrate();
    expect(report.code).toBe(2);
    expect(report.problems).toMatchObject([
      { table: "prompt", id: "4", reason: expect.stringContaining("version") },
    ]);
    await opened(async (_own, as) => {
      expect((await (await as("eve"))("get_prompt", { name: "a-lone-prompt" })).content).toBe("Changed here");
    });
  });
});

describe("what cannot be taken as it is", () => {
  it("is named and skipped, and the rest goes in", async () => {
    original.user(1, "ada", ACME, "admin");
    original.user(2, "", ACME);
    original.prompt(1, 1, ACME, "Good");
    original.prompt(2, 1, ACME, "   ");
    original.prompt(3, 1, ACME, Buffer.from([0xff, 0xfe]));
    original.prompt(4, 1, "nobody's tenant", "Lost");
    original.prompt(5, 77, ACME, "Of somebody who is gone");
    original.version(1, 1, "Good");
    original.version(1, 1, "Good, once more");
    original.version(1, 0, "Zero");
    original.version(1, "two", "Two");
    original.version(99, 1, "Of no prompt");
    const report = await migrate();
    expect(report.code).toBe(2);
    expect(report.tenants).toMatchObject([{ users: 1, prompts: 2 }]);
    expect(report.problems.map(({ table, id }: Answer) => `${table} ${id}`).sort()).toEqual([
      "prompt 2",
      "prompt 3",
      "prompt 5",
      "promptversion 2",
      "promptversion 3",
      "promptversion 4",
      "promptversion 5",
      "tenant nobody's tenant",
      "user 2",
    ]);
    expect(JSON.stringify(report.problems)).not.toContain("Zero");
    await opened(async (_own, as) => {
      expect((await (await as("ada"))("get_prompt", { name: "of-somebody-who-is-gone" })).author).toBe("ada");
    });
  });

  it("never makes two people one: a name that is taken, or cannot be one, becomes another, and is told", async () => {
    await opened(async (own) => {
      await own.app.services.registration.found({ username: "ada", password: PASSWORD }, localCall("test"));
    });
    original.user(1, "Ada", ACME, "admin");
    original.user(2, "bob", ACME);
    original.user(3, "Bob", ACME);
    original.user(4, "Grace Hopper", ACME);
    const report = await migrate();
    expect(report.notices.map(({ from, to }: Answer) => [from, to])).toEqual([
      ["Ada", "ada-2"],
      ["Bob", "bob-2"],
      ["Grace Hopper", "grace-hopper"],
    ]);
    await opened(async (_own, as) => {
      expect((await (await as("ada", PASSWORD))("whoami")).tenant).toBe("ada");
      expect((await (await as("ada-2"))("whoami")).tenant).toBe("Ada");
      await as("grace-hopper");
    });
    expect((await migrate()).notices).toEqual([]);
  });

  it("gives no password to whom had none that can be read, and no role that is not there", async () => {
    original.user(1, "ada", ACME, "admin");
    original.user(2, "bob", ACME, "superuser", "plain text");
    original.user(3, "eve", LONE, "viewer");
    const { notices } = await migrate();
    expect(notices).toMatchObject([
      { kind: "no_password", username: "bob" },
      { kind: "role", username: "bob", to: "viewer" },
      { kind: "made_admin", username: "eve" },
    ]);
    await opened(async (own, as) => {
      await expect(as("bob", "plain text")).rejects.toMatchObject({ code: "unauthenticated" });
      const bob = await own.app.storage.directory.read((store) => store.findUserByName("bob"));
      expect(bob?.passwordHash).not.toContain("plain");
      expect((await (await as("eve"))("whoami")).role).toBe("admin");
    });
  });

  it("is no library at all: another database, a file that is none, one that is not there", async () => {
    const other = join(folder, "other.db");
    const db = new Database(other);
    db.exec("create table user (id integer)");
    db.close();
    for (const [database, reason] of [
      [other, /has no table prompt|has no username/],
      [import.meta.filename, /no SQLite database/],
      [join(folder, "nowhere.db"), /no such file/],
      ["postgresql://db/promptforge", /postgresql/],
      ["sqlite://", /in memory/],
    ] as const) {
      const { code, stderr } = await library.run(["migrate-from-promptforge", "--database", database]);
      expect(code, database).toBe(2);
      expect(stderr).toMatch(reason);
    }
  });
});

describe("the original's database", () => {
  it.each([
    (file: string) => `sqlite:///${file}`,
    (file: string) => `sqlite+aiosqlite:///${file}?check_same_thread=false`,
    (file: string) => `file://${file}`,
  ])("is named as SQLAlchemy does, too: %s", async (name) => {
    furnish(original);
    const { code } = await library.run(["migrate-from-promptforge", "--database", name(original.file)]);
    expect(code).toBe(0);
  });

  it("may have tables of other names, and none of versions", async () => {
    const inFolder = await mkdtemp(join(folder, "named-"));
    const named = originalDatabase(inFolder, {
      user: "users",
      prompt: "Prompts",
      promptversion: "prompt_versions",
    });
    furnish(named);
    named.db.exec("drop table prompt_versions");
    named.db.close();
    const report = await library.json(["migrate-from-promptforge", "--database", named.file]);
    expect(report.tenants).toMatchObject([
      { prompts: 3, versions: 3 },
      { prompts: 1, versions: 1 },
    ]);
  });

  it("shows a table of tenants to a person, and what to know on standard error", async () => {
    furnish(original);
    const args = ["migrate-from-promptforge", "--database", original.file];
    const { stdout, stderr } = await library.run([...args, "--dry-run"]);
    expect(stdout).toMatch(
      /^TENANT ID +NAME +USERS +PROMPTS +VERSIONS +UNCHANGED\n[\w-]{36} +Ada +2 +3 +4 +0/,
    );
    expect(stderr).toContain("eve is admin now");
    expect(stderr).toContain("Nothing was done");
  });
});

describe("an interrupted move", () => {
  it("leaves whole tenants and nothing of the next, and goes on when it is run again", async () => {
    furnish(original);
    const own = await openLibrary({ dataDir: library.dataDir });
    const stop = new AbortController();
    const source = own.app.openOriginal(original.file);
    const stopAt = original.db.prepare("select count(*) from user").pluck().get() as number;
    let rows = 0;
    try {
      const report = await own.app.services.movingIn.moveIn({
        original: source,
        call: localCall("migrate_from_promptforge"),
        dryRun: false,
        signal: stop.signal,
        onRow: () => {
          rows += 1;
          // In the midst of the first tenant's prompts.
          if (rows === stopAt + 4) stop.abort();
        },
        onProblem: () => undefined,
      });
      expect(report.tenants).toEqual([]);
      expect(await own.app.storage.directory.read((store) => store.countTenants())).toBe(0);
      expect(await own.app.storage.directory.read((store) => store.findUserByName("ada"))).toBeUndefined();
    } finally {
      source.close();
      await own.close();
    }
    expect((await migrate()).tenants).toMatchObject([{ prompts: 3 }, { prompts: 1 }]);
  });

  it("is finished after the process was killed in the midst of it", { timeout: 240_000 }, async () => {
    for (let tenant = 0; tenant < 40; tenant++) {
      original.user(tenant + 1, `user${tenant}`, `tenant-${tenant}`, "admin", hash("x"));
      for (let n = 0; n < 25; n++)
        original.prompt(tenant * 25 + n + 1, tenant + 1, `tenant-${tenant}`, `Prompt ${n}`);
    }
    const { child, ended } = library.start(["migrate-from-promptforge", "--database", original.file]);
    await eventually(async () => (await rowsThere("tenants")).length > 0 || child.exitCode !== null);
    child.kill("SIGKILL");
    await ended;
    const prompts = Map.groupBy(await rowsThere("prompts"), (row: Answer) => row.tenant_id);
    for (const [, rows] of prompts) expect(rows).toHaveLength(25);
    const { tenants } = await migrate();
    expect(tenants).toHaveLength(40);
    const moved = tenants.filter(({ prompts }: Answer) => prompts === 25).length;
    expect(moved + prompts.size).toBe(40);
  });

  /** None as long as there is no such table, or no database. */
  async function rowsThere(table: string): Promise<object[]> {
    if (!inPostgres && !existsSync(join(library.dataDir, "promptforge.db"))) return [];
    const database = await rawDatabase(library);
    try {
      return (await database.tables()).includes(table) ? await database.rows(table) : [];
    } finally {
      await database.close();
    }
  }
});
