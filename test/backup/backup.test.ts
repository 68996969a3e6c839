import { mkdir, readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Folder, foundedFolder } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { serveProgram } from "../support/programs.ts";
import { describeWithSqlite } from "../support/with-sqlite.ts";

let folder: Folder;
let target: string;
beforeEach(async () => {
  folder = await foundedFolder();
  target = join(folder.path, "backup");
  await folder.json(["create", "mail/reply", "--file", "-"], { input: "Answer {{message}} kindly." });
});
afterEach(() => folder.remove());

const describeBackups = describeWithSqlite(
  "the backups of a library's file",
  "PostgreSQL makes its backups by its own means",
);

async function refused(args: readonly string[]): Promise<string> {
  const { code, stderr } = await folder.run(args);
  expect(code).not.toBe(0);
  return stderr;
}

describeBackups("promptforge backup", () => {
  it("makes a folder for its owner alone, which says what it holds", async () => {
    const { library, files } = await folder.json(["backup", target]);
    expect(await readdir(target)).toEqual(["keys.json", "manifest.json", "promptforge.db"]);
    expect((await stat(target)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(target)) {
      expect((await stat(join(target, name))).mode & 0o777, name).toBe(0o600);
    }
    expect(library).toMatchObject({ kind: "sqlite", counts: { tenants: 1, prompts: 1, versions: 1 } });
    expect(files.map(({ name }: { name: string }) => name)).toEqual(["promptforge.db", "keys.json"]);
    expect(JSON.parse(await readFile(join(target, "manifest.json"), "utf8"))).toMatchObject({
      library,
      files,
    });
    expect(await readdir(folder.path)).not.toContainEqual(expect.stringContaining("partial"));
  });

  it("does not hold the copy's index for whoever fills the original's", async () => {
    const holders = (file: string) => {
      const database = new Database(file, { readonly: true });
      const count = database.prepare("select count(*) from index_holders").pluck().get();
      database.close();
      return count;
    };
    const server = await serveProgram(folder.dataDir);
    try {
      await eventually(() => holders(join(folder.dataDir, "promptforge.db")) === 1);
      await folder.json(["backup", target]);
    } finally {
      await server.stop();
    }
    expect(holders(join(target, "promptforge.db"))).toBe(0);
  });

  it("names it by the time where nobody does, and overwrites nothing", async () => {
    const env = { PROMPTFORGE_BACKUP_DIR: folder.path };
    const { folder: made } = await folder.json(["backup"], { env });
    expect(made).toMatch(/\/promptforge-\d{8}T\d{6}Z$/);
    const before = await readFile(join(made, "manifest.json"), "utf8");
    expect(await refused(["backup", made])).toContain("no backup is overwritten");
    expect(await readFile(join(made, "manifest.json"), "utf8")).toBe(before);
  });

  it("says that its place is missing or cannot be written, or that there is no library, and leaves nothing", async () => {
    expect(await refused(["backup", join(folder.path, "not/there")])).toContain(
      `There is no folder ${join(folder.path, "not")}. Make it first, or name another place.`,
    );
    const inFile = join(folder.dataDir, "promptforge.db", "backup");
    expect(await refused(["backup", inFile])).toContain("cannot be written");
    expect(await refused(["backup", target, "--data-dir", join(folder.path, "nobody")])).toContain(
      "There is no library",
    );
    expect(await readdir(folder.path)).toEqual(["data"]);
  });

  it("does not keep a copy of a damaged library", async () => {
    const file = join(folder.dataDir, "promptforge.db");
    await truncate(file, (await stat(file)).size - 8192);
    expect(await refused(["backup", target])).toMatch(/not whole|damaged|malformed/);
    expect(await readdir(folder.path)).toEqual(["data"]);
  });
});

describeBackups("promptforge backup restore", () => {
  it("brings the library back, with its keys and members, and the original goes on", async () => {
    await folder.json(["backup", target]);
    const elsewhere = join(folder.path, "elsewhere");
    const { index } = await folder.json(["backup", "restore", target, "--data-dir", elsewhere]);
    expect(index).toEqual({ missing: 0, stale: 0, orphaned: 0 });
    const { secret } = await folder.json(["token", "create", "here"]);
    const here = await folder.json(["get", "mail/reply"]);
    // Nobody's sign-in is in it, and nothing is broken for that.
    const doctor = await folder.json(["doctor", "--data-dir", elsewhere], { env: { PROMPTFORGE_PORT: "0" } });
    expect(doctor.checks.filter(({ status }: { status: string }) => status !== "ok")).toMatchObject([
      { name: "credentials", status: "warn", message: expect.stringContaining("PROMPTFORGE_TOKEN") },
    ]);
    const credentials = await readFile(join(folder.dataDir, "credentials.json"), "utf8");
    await writeFile(join(elsewhere, "credentials.json"), credentials, { mode: 0o600 });
    expect(await folder.json(["get", "mail/reply", "--data-dir", elsewhere])).toEqual(here);
    // What came after the backup is not in it.
    const env = { PROMPTFORGE_TOKEN: secret };
    expect((await folder.run(["whoami", "--data-dir", elsewhere], { env })).code).not.toBe(0);
    expect(await readFile(join(elsewhere, "keys.json"))).toEqual(
      await readFile(join(folder.dataDir, "keys.json")),
    );
  });

  it("goes to an empty place only", async () => {
    await folder.json(["backup", target]);
    expect(await refused(["backup", "restore", target])).toContain("not empty");
    const elsewhere = join(folder.path, "elsewhere");
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, "notes.txt"), "mine");
    expect(await refused(["backup", "restore", target, "--data-dir", elsewhere])).toContain("not empty");
    expect(await readdir(elsewhere)).toEqual(["notes.txt"]);
  });

  it("takes a place in which one was killed for empty", async () => {
    await folder.json(["backup", target]);
    const elsewhere = join(folder.path, "elsewhere");
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, ".restoring-promptforge.db"), "half of it");
    await folder.json(["backup", "restore", target, "--no-reconcile", "--data-dir", elsewhere]);
    expect(await readdir(elsewhere)).toEqual(["keys.json", "promptforge.db"]);
  });
});

describeBackups("a backup that is not good", () => {
  const damages: Record<string, [damage: (target: string) => Promise<void>, message: RegExp]> = {
    "a changed byte": [
      async (target) => {
        const file = join(target, "promptforge.db");
        const bytes = await readFile(file);
        bytes[bytes.length >> 1]! ^= 1;
        await writeFile(file, bytes);
      },
      /promptforge\.db is not what was written/,
    ],
    "other keys": [
      (target) => writeFile(join(target, "keys.json"), "{}"),
      /keys\.json is not what was written/,
    ],
    "no manifest": [(target) => writeFile(join(target, "manifest.json"), "{"), /damaged, or of a newer/],
  };
  it.each(Object.entries(damages))("is found, and not restored: %s", async (_, [damage, message]) => {
    await folder.json(["backup", target]);
    await damage(target);
    expect(await refused(["backup", "verify", target])).toMatch(message);
    const elsewhere = join(folder.path, "elsewhere");
    expect(await refused(["backup", "restore", target, "--data-dir", elsewhere])).toMatch(message);
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it("is found by its audit log, where hashes and counts were made to fit", async () => {
    const file = join(folder.dataDir, "promptforge.db");
    const database = new Database(file);
    database.exec("DROP TRIGGER IF EXISTS audit_log_unchanged");
    const triggers = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit_log'")
      .pluck()
      .all();
    for (const name of triggers) database.exec(`DROP TRIGGER ${name}`);
    database.exec("UPDATE audit_log SET operation = 'login' WHERE number = 1");
    database.close();
    await folder.json(["backup", target]);
    expect(await refused(["backup", "verify", target])).toMatch(
      /audit log of tenant .* is broken: record 1: It was changed/,
    );
  });

  it("is told from one that is good", async () => {
    await folder.json(["backup", target]);
    const before = await readdir(target);
    expect(await folder.json(["backup", "verify", target])).toMatchObject({ ok: true, tenants: 1 });
    expect(await readdir(target)).toEqual(before);
  });
});
