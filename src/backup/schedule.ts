import { mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { LibraryCopies } from "../domain/ports/backup.ts";
import { backupName, dropOldBackups, keptBackups } from "./kept-backups.ts";
import { makeBackup } from "./make-backup.ts";

const LOOK_EVERY_MS = 60_000;
/** After one that failed. */
const TRY_AGAIN_MS = 10 * 60_000;
/** Of whoever is making one: a sign of life, and the time after which there is none. */
const ALIVE_EVERY_MS = 10_000;
const DEAD_AFTER_MS = 120_000;

export interface BackupScheduleSettings {
  readonly dir: string;
  readonly everyHours: number;
  /** How many are kept of those that the schedule made. */
  readonly keep: number;
}

/** What became of the schedule's backups, whichever process made them. */
export interface BackupState {
  readonly newest: Date | undefined;
  readonly kept: number;
  /** Since the newest one. */
  readonly failure: { readonly at: string; readonly reason: string } | undefined;
}

export type BackupSchedule = ReturnType<typeof createBackupSchedule>;

/**
 * Makes a backup whenever the newest one is too old. Of all processes that serve a library one makes it: whoever makes the
 * folder in which it is put together; that of a process which died is taken over.
 */
export function createBackupSchedule(deps: {
  readonly settings: BackupScheduleSettings;
  readonly dataDir: string;
  readonly libraryId: () => Promise<string>;
  readonly copies: Pick<LibraryCopies, "copy">;
  readonly now: () => Date;
  readonly onMade: (facts: { readonly folder: string; readonly milliseconds: number }) => void;
  readonly onFailure: (reason: unknown) => void;
}) {
  const { settings, dataDir, now } = deps;
  const { dir, everyHours, keep } = settings;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let notBefore = 0;

  /** Makes one if it is due and nobody else does; whether it did. */
  async function makeDue(): Promise<boolean> {
    const libraryId = await deps.libraryId();
    if (!(await isDue(libraryId))) return false;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const staging = join(dir, `.making-${libraryId}`);
    if (await isBeingMade(staging)) return false;
    const started = performance.now();
    const folder = join(dir, backupName(now()));
    const sign = setInterval(() => void utimes(staging, now(), now()).catch(() => undefined), ALIVE_EVERY_MS);
    try {
      const request = { from: dataDir, target: folder, staging, scheduled: true, signal: stopping.signal };
      await makeBackup(deps.copies, request, now);
    } finally {
      clearInterval(sign);
    }
    deps.onMade({ folder, milliseconds: performance.now() - started });
    await rm(failureFile(dataDir), { force: true });
    await dropOldBackups(dir, libraryId, keep);
    return true;
  }

  async function isDue(libraryId: string): Promise<boolean> {
    const [newest] = (await keptBackups(dir, libraryId)).filter(({ manifest }) => manifest.scheduled);
    return (
      newest === undefined || now().getTime() >= Date.parse(newest.manifest.made_at) + everyHours * 3_600_000
    );
  }

  async function isBeingMade(staging: string): Promise<boolean> {
    const found = await stat(staging).catch(() => undefined);
    if (found === undefined) return false;
    if (now().getTime() - found.mtimeMs < DEAD_AFTER_MS) return true;
    await rm(staging, { recursive: true, force: true });
    return false;
  }

  async function look(): Promise<void> {
    if (now().getTime() < notBefore) return;
    try {
      await makeDue();
    } catch (error) {
      if (stopping.signal.aborted) return;
      notBefore = now().getTime() + TRY_AGAIN_MS;
      deps.onFailure(error);
      await noteFailure(dataDir, now(), error).catch(() => undefined);
    }
  }

  function begin(): void {
    running ??= look().finally(() => {
      running = undefined;
    });
  }

  return {
    makeDue,
    start(): void {
      if (timer !== undefined) return;
      begin();
      timer = setInterval(begin, LOOK_EVERY_MS).unref();
    },
    async close(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      await running;
    },
  };
}

export async function backupState(dir: string, dataDir: string, libraryId: string): Promise<BackupState> {
  const kept = await keptBackups(dir, libraryId);
  const newest = kept[0] && new Date(kept[0].manifest.made_at);
  return { newest, kept: kept.length, failure: await readFailure(dataDir) };
}

const failureSchema = z.object({ at: z.string(), reason: z.string() });

/** In the data folder: what fails is most likely the place of the backups. */
function failureFile(dataDir: string): string {
  return join(dataDir, "backup-failure.json");
}

async function noteFailure(dataDir: string, at: Date, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  await writeFile(failureFile(dataDir), JSON.stringify({ at: at.toISOString(), reason }), { mode: 0o600 });
}

async function readFailure(dataDir: string): Promise<BackupState["failure"]> {
  const text = await readFile(failureFile(dataDir), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = failureSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
