import { copyFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { LibraryCopies } from "../domain/ports/backup.ts";
import { KEY_FILE, LIBRARY_FILE, type Manifest, readManifest } from "./manifest.ts";
import { codeOf, fingerprintOf, onDisk } from "./whole-files.ts";

/** What is being restored, and has not its own name yet. */
const UNFINISHED = ".restoring-";

/**
 * Puts a backup into a data folder that is there and empty. Each file is copied under another name and compared with what the
 * backup says of it before anything gets its own. Throws `conflict` where something lies there, `invalid_input` where the
 * folder is no backup, and `unavailable` where the backup is damaged.
 */
export async function restoreBackup(
  copies: Pick<LibraryCopies, "examine">,
  folder: string,
  dataDir: string,
): Promise<Manifest> {
  const manifest = await readManifest(folder);
  await requireEmpty(dataDir);
  const draftOf = (name: string) => join(dataDir, `${UNFINISHED}${name}`);
  try {
    for (const file of manifest.files) await copyWhole(folder, file, draftOf(file.name));
    requireSame(manifest, await copies.examine(draftOf(LIBRARY_FILE)));
    // The library last: without it there is none, and one without its keys would make new ones.
    for (const name of [KEY_FILE, LIBRARY_FILE]) await rename(draftOf(name), join(dataDir, name));
    await onDisk(dataDir);
    return manifest;
  } catch (error) {
    await dropUnfinished(dataDir);
    if (error instanceof AppError) throw error;
    throw new AppError(
      "unavailable",
      `The backup cannot be restored to ${dataDir} (${codeOf(error)}). Let this user write there, and look for free space.`,
      undefined,
      error,
    );
  }
}

async function requireEmpty(dataDir: string): Promise<void> {
  await dropUnfinished(dataDir);
  const there = await readdir(dataDir);
  if (there.length === 0) return;
  throw new AppError(
    "conflict",
    `${dataDir} is not empty: a backup is restored to an empty place only. Name another with --data-dir, or move away what lies there.`,
  );
}

/** Left by a restore that was killed. */
async function dropUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(UNFINISHED)) await rm(join(dataDir, name), { force: true });
  }
}

async function copyWhole(folder: string, file: Manifest["files"][number], draft: string): Promise<void> {
  await copyFile(join(folder, file.name), draft).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new AppError(
      "unavailable",
      `The backup ${folder} is not whole: ${file.name} is missing. Take another one.`,
    );
  });
  const { bytes, sha256 } = await fingerprintOf(draft);
  if (bytes !== file.bytes || sha256 !== file.sha256) {
    throw new AppError(
      "unavailable",
      `The backup ${folder} is damaged: ${file.name} is not what was written (its SHA-256 differs). Take another one.`,
    );
  }
  await onDisk(draft);
}

function requireSame({ library }: Manifest, facts: Awaited<ReturnType<LibraryCopies["examine"]>>): void {
  const differing = Object.entries(library.counts).filter(([what, count]) => facts.counts[what] !== count);
  if (facts.libraryId === library.id && differing.length === 0) return;
  const said = differing
    .map(([what, count]) => `${what}: ${facts.counts[what]} instead of ${count}`)
    .join(", ");
  throw new AppError(
    "unavailable",
    `The backup holds something else than its manifest says (${said || "another library"}). Take another one.`,
  );
}
