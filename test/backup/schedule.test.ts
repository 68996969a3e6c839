import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { openBackups } from "../../src/app/backups.ts";
import { runHere } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { type Library, librarySettings, openLibrary } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { describeWithSqlite } from "../support/with-sqlite.ts";

const describeBackups = describeWithSqlite(
  "scheduled backups",
  "PostgreSQL makes its backups by its own means",
);

const HOUR_MS = 3_600_000;

let folder: string;
let dir: string;
let library: Library;
let time: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-schedule-"));
  dir = join(folder, "backups");
  time = Date.parse("2026-01-31T03:00:00Z");
  library = await openIt();
  await library.found("ada");
});
afterEach(async () => {
  await library.close();
  await rm(folder, { recursive: true, force: true });
});

function openIt(environment: Record<string, string> = {}) {
  return openLibrary({
    dataDir: join(folder, "data"),
    now: () => new Date(time),
    environment: {
      PROMPTFORGE_BACKUP_DIR: dir,
      PROMPTFORGE_BACKUP_EVERY_HOURS: "6",
      PROMPTFORGE_BACKUP_KEEP: "2",
      ...environment,
    },
  });
}

const schedule = () => library.app.backups!;

describeBackups("scheduled backups", () => {
  it("are made when they are due, and the newest are kept", async () => {
    expect(await schedule().makeDue()).toBe(true);
    expect(await schedule().makeDue()).toBe(false);
    for (const hours of [6, 6, 6]) {
      time += hours * HOUR_MS;
      expect(await schedule().makeDue()).toBe(true);
    }
    const names = await readdir(dir);
    expect(names).toEqual(["promptforge-20260131T150000Z", "promptforge-20260131T210000Z"]);
    const backups = openBackups({ dataDir: library.dataDir, backup: undefined });
    for (const name of names) expect(await backups.verify(join(dir, name))).toMatchObject({ tenants: 1 });
    expect(await library.app.backupState()).toEqual({
      newest: new Date("2026-01-31T21:00:00Z"),
      kept: 2,
      failure: undefined,
    });
  });

  it("leave alone what was made by hand, what is another library's, and what is none", async () => {
    await mkdir(join(dir, "promptforge-notes"), { recursive: true });
    await writeFile(join(dir, "promptforge-notes/mine.txt"), "mine");
    const byHand = openBackups({ dataDir: library.dataDir, backup: undefined });
    await byHand.make(join(dir, "promptforge-by-hand"));
    const other = await openLibrary();
    await openBackups({ dataDir: other.dataDir, backup: undefined }).make(join(dir, "promptforge-other"));
    await other.close();
    for (let n = 0; n < 4; n++) {
      await schedule().makeDue();
      time += 6 * HOUR_MS;
    }
    expect(await readdir(dir)).toEqual([
      "promptforge-20260131T150000Z",
      "promptforge-20260131T210000Z",
      "promptforge-by-hand",
      "promptforge-notes",
      "promptforge-other",
    ]);
  });

  it("are made by one of several processes", async () => {
    const second = await openIt();
    try {
      const made = await Promise.allSettled([schedule().makeDue(), second.app.backups!.makeDue()]);
      // Whoever came a moment later met the other's folder, before or after it was made.
      expect(made.filter((one) => one.status === "fulfilled" && one.value)).toHaveLength(1);
      expect(await readdir(dir)).toEqual(["promptforge-20260131T030000Z"]);
    } finally {
      await second.close();
    }
  });

  it("go on after a process that died while it made one", async () => {
    const staging = join(dir, `.making-${await library.app.storage.libraryId()}`);
    await mkdir(staging, { recursive: true });
    const at = (ms: number) => utimes(staging, new Date(ms), new Date(ms));
    await at(time - 60_000);
    expect(await schedule().makeDue()).toBe(false);
    await at(time - 180_000);
    expect(await schedule().makeDue()).toBe(true);
    expect(await readdir(dir)).toEqual(["promptforge-20260131T030000Z"]);
  });
});

describeBackups("promptforge doctor", () => {
  const backupCheck = async (environment: Record<string, string> = {}) => {
    const env = {
      PROMPTFORGE_DATA_DIR: library.dataDir,
      PROMPTFORGE_PORT: "0",
      ...(await librarySettings(library.dataDir)),
      ...environment,
    };
    const { stdout } = await runHere(["doctor", "--json"], { env });
    return JSON.parse(stdout).checks.find(({ name }: { name: string }) => name === "backup");
  };

  it("says how old the newest backup is, and what keeps the next from being made", async () => {
    expect(await backupCheck()).toMatchObject({
      status: "ok",
      message: expect.stringContaining("none by itself"),
    });
    const env = { PROMPTFORGE_BACKUP_DIR: dir, PROMPTFORGE_BACKUP_EVERY_HOURS: "6" };
    expect(await backupCheck(env)).toMatchObject({
      status: "warn",
      message: expect.stringContaining("none yet"),
    });
    time = Date.now() - 7 * HOUR_MS;
    await schedule().makeDue();
    expect(await backupCheck(env)).toMatchObject({ status: "ok", message: expect.stringContaining("1 in ") });
    const failure = { at: "2026-01-31T03:00:00Z", reason: "The disk of the backup is full" };
    await writeFile(join(library.dataDir, "backup-failure.json"), JSON.stringify(failure));
    expect(await backupCheck(env)).toMatchObject({
      status: "warn",
      message: expect.stringContaining(failure.reason),
    });
    const often = { ...env, PROMPTFORGE_BACKUP_EVERY_HOURS: "2" };
    expect(await backupCheck(often)).toMatchObject({
      status: "fail",
      message: expect.stringContaining("every 2"),
    });
  });
});

describeBackups("a server", () => {
  it("makes them by itself, and says when it cannot", async () => {
    const dataDir = join(folder, "data");
    const server = await serveProgram(dataDir, { PROMPTFORGE_BACKUP_DIR: dir });
    onTestFinished(() => void server.child.kill("SIGKILL"));
    await eventually(async () =>
      (await readdir(dir).catch(() => [])).some((name) => /^promptforge-/.test(name)),
    );
    expect(await server.stop()).toBe(0);

    await writeFile(join(folder, "file"), "");
    const failing = await serveProgram(dataDir, { PROMPTFORGE_BACKUP_DIR: join(folder, "file/backups") });
    onTestFinished(() => void failing.child.kill("SIGKILL"));
    await eventually(() => failing.stderr().includes("no backup could be made"));
    expect((await fetch(`${failing.url}/readyz`)).status).toBe(200);
    await eventually(async () => (await readdir(dataDir)).includes("backup-failure.json"));
    expect(await failing.stop()).toBe(0);
  });
});
