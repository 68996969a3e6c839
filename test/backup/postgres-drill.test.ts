import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, PASSWORD } from "../support/library.ts";
import { asSuperuser, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { QDRANT_MISSING, type QdrantServer, startQdrant } from "../support/qdrant.ts";

/** An installed PostgreSQL with all its programs: npm's has no pg_dump, and pg_dump wants a server that is no newer than itself. */
async function installedPostgres(): Promise<string | undefined> {
  const { stdout } = spawnSync("pg_config", ["--bindir"], { encoding: "utf8" });
  const bin = stdout?.trim();
  if (!bin) return undefined;
  const found = await Promise.all(["postgres", "initdb", "pg_dump"].map((name) => stat(join(bin, name))))
    .then(() => true)
    .catch(() => false);
  return found ? dirname(bin) : undefined;
}

const programs = await installedPostgres();
const missing = programs === undefined ? "no PostgreSQL with pg_dump is installed" : QDRANT_MISSING;
if (missing !== undefined) console.warn(`Skipped: no dump of PostgreSQL's is restored, since ${missing}`);

const run = promisify(execFile);
const BACKUP_PASSWORD = "password-of-the-backup";

/** As docs/operating.md makes it. */
const BACKUP_ROLE = [
  `create role promptforge_backup login bypassrls password '${BACKUP_PASSWORD}'`,
  "grant pg_read_all_data to promptforge_backup",
];

describe.skipIf(missing !== undefined)("a library in PostgreSQL that is backed up by pg_dump", () => {
  let folder: string;
  let postgres: PostgresServer;
  let qdrant: QdrantServer;
  let library: Library;
  let database: Awaited<ReturnType<PostgresServer["createDatabase"]>>;
  const environment = (url: string, ownerUrl: string) => ({
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    PROMPTFORGE_KEYS_SECRET: "a secret of the tests, which is long enough",
    QDRANT_URL: qdrant.url,
    QDRANT_API_KEY: qdrant.apiKey,
  });
  const pgDump = (url: string, file: string) =>
    run(join(programs ?? "", "bin/pg_dump"), ["--format=custom", `--file=${file}`, url]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "promptforge-dump-"));
    [postgres, qdrant] = await Promise.all([startPostgres({ programs: programs ?? "" }), startQdrant()]);
    database = await postgres.createDatabase();
    library = await openLibrary({
      dataDir: join(folder, "one"),
      environment: environment(database.url, database.ownerUrl),
    });
    await asSuperuser(postgres.url(), BACKUP_ROLE);
  });
  afterAll(async () => {
    await library?.close();
    await postgres?.close();
    await qdrant?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("comes back whole, with its keys, its audit log and its index", async () => {
    const ada = await library.found("ada");
    await ada.call("create_prompt", { name: "one", content: "Say {{what}}." });
    await ada.call("update_prompt", { name: "one", content: "Say {{what}} twice." });
    await ada.call("set_label", { name: "one", label: "production", version: 1 });
    const { authentication } = library.app.services;
    const call = { operation: "login", requestId: "drill", at: new Date() };
    const signedIn = { username: "ada", password: PASSWORD, withRefreshToken: false };
    const credentials = [await ada.key(), (await authentication.signIn(signedIn, call)).token];
    const file = join(folder, "library.dump");
    const asBackup = new URL(postgres.url(database.name));
    asBackup.username = "promptforge_backup";
    asBackup.password = BACKUP_PASSWORD;
    await pgDump(asBackup.href, file);
    await ada.call("create_prompt", { name: "after", content: "Too late." });
    await library.close();

    const restored = await postgres.createDatabase();
    await run(join(programs ?? "", "bin/pg_restore"), ["--no-owner", `--dbname=${restored.ownerUrl}`, file]);
    library = await openLibrary({
      dataDir: join(folder, "two"),
      environment: environment(restored.url, restored.ownerUrl),
    });
    const back = library.as(ada.caller);
    expect(await back.call("get_prompt", { name: "one", label: "production" })).toMatchObject({ version: 1 });
    expect(await back.call("get_prompt", { name: "one" })).toMatchObject({ content: "Say {{what}} twice." });
    expect(await back.call("verify_audit_log")).toMatchObject({ intact: true });
    for (const credential of credentials) {
      const caller = await library.app.services.authentication.authenticate(credential);
      expect(caller).toMatchObject({ userId: ada.caller.userId });
    }
    expect((await library.app.reconciler.reconcile()).left).toEqual({ missing: 0, stale: 0, orphaned: 0 });
  });

  it("is not dumped by a role that row-level security binds, not even its owner's", async () => {
    const { ownerUrl } = await postgres.createDatabase();
    const other = await openLibrary({
      dataDir: join(folder, "three"),
      environment: environment(ownerUrl.replace("owner:", "server:"), ownerUrl),
    });
    await other.close();
    await expect(pgDump(ownerUrl, join(folder, "empty.dump"))).rejects.toThrow("row-level security");
  });
});
