import { chmod, lstat, mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { CopyProgress, LibraryCopies } from "../domain/ports/backup.ts";
import { KEY_FILE, LIBRARY_FILE, MANIFEST, type Manifest } from "./manifest.ts";
import { codeOf, fingerprintOf, onDisk, writeNew } from "./whole-files.ts";

export interface BackupRequest extends CopyProgress {
  /** The data folder. */
  readonly from: string;
  /** The folder to make. */
  readonly target: string;
  /** Where it is put together, beside the target; made new. */
  readonly staging: string;
  readonly scheduled: boolean;
}

/**
 * Makes a backup of a library, which others may go on writing to: all that was acknowledged before this was called is in it.
 * It appears under its name when it is whole, checked and on the disk, or not at all. Throws `conflict` where its place is
 * taken, `not_found` where the folder that it goes into is missing, and `unavailable` where the library cannot be read or the
 * backup cannot be written.
 */
export async function makeBackup(
  copies: Pick<LibraryCopies, "copy">,
  request: BackupRequest,
  now: () => Date,
): Promise<Manifest> {
  const { from, target, staging, scheduled } = request;
  await requireLibrary(from);
  await requireFree(target);
  await makeFolder(staging);
  try {
    const madeAt = now();
    const library = join(staging, LIBRARY_FILE);
    const facts = await copies.copy(join(from, LIBRARY_FILE), library, request);
    await chmod(library, 0o600);
    await onDisk(library);
    await writeNew(join(staging, KEY_FILE), await readFile(join(from, KEY_FILE)));
    const files = [LIBRARY_FILE, KEY_FILE] as const;
    const manifest: Manifest = {
      format: "promptforge-backup",
      format_version: 1,
      made_at: madeAt.toISOString(),
      scheduled,
      library: {
        kind: "sqlite",
        id: facts.libraryId,
        schema_version: facts.schemaVersion,
        counts: { ...facts.counts },
      },
      files: await Promise.all(
        files.map(async (name) => ({ name, ...(await fingerprintOf(join(staging, name))) })),
      ),
    };
    await writeNew(join(staging, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    await onDisk(staging);
    await requireFree(target);
    await rename(staging, target);
    await onDisk(dirname(target));
    return manifest;
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error instanceof AppError ? error : notWritten(target, error);
  }
}

async function requireLibrary(dataDir: string): Promise<void> {
  const found = await lstat(join(dataDir, LIBRARY_FILE)).catch(() => undefined);
  if (found !== undefined) return;
  throw new AppError("not_found", `There is no library in ${dataDir}. Name its data folder with --data-dir.`);
}

async function requireFree(target: string): Promise<void> {
  const found = await lstat(target).catch(() => undefined);
  if (found === undefined) return;
  throw new AppError(
    "conflict",
    `${target} is there already, and no backup is overwritten. Name another place.`,
  );
}

async function makeFolder(staging: string): Promise<void> {
  try {
    await mkdir(staging, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      throw new AppError("conflict", `Another backup is being made in ${dirname(staging)}. Wait for it.`);
    }
    if (codeOf(error) === "ENOENT") throw noFolder(dirname(staging));
    throw notWritten(staging, error);
  }
}

function noFolder(folder: string): AppError {
  // Made here, a slip of the pen or a disk that is not mounted would put the backup where nobody looks for it.
  return new AppError("not_found", `There is no folder ${folder}. Make it first, or name another place.`);
}

function notWritten(path: string, error: unknown): AppError {
  return new AppError(
    "unavailable",
    `The backup cannot be written to ${path} (${codeOf(error)}). Name a place in which this user may make a folder.`,
    undefined,
    error,
  );
}
