import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../domain/errors.ts";
import { codeOf, type KeyFile, readKeyFile, writeWhole } from "./key-file.ts";

/**
 * Replaces the key file by what `change` makes of it. Readers see the old file or the new one, never half of one, and of
 * two that change it at once the second is refused: it would undo the first. Gives what is in the file now.
 * Throws `conflict` while another changes it, and `unavailable` when it is missing or the folder cannot be written.
 */
export async function changeKeyFile(path: string, change: (content: KeyFile) => KeyFile): Promise<void> {
  const lock = `${path}.lock`;
  await takeLock(lock);
  try {
    const read = await readKeyFile(path);
    if (read === undefined) {
      throw new AppError(
        "unavailable",
        `The key file ${path} is gone. Start the server: it makes a new one.`,
      );
    }
    const next = change(read.content);
    if (next !== read.content) await replace(path, next);
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<void> {
  try {
    await (await open(lock, "wx", 0o600)).close();
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      throw new AppError(
        "conflict",
        `The signing keys are being changed by another command. If none runs, it was interrupted: delete ${lock} and try again.`,
      );
    }
    throw unwritable(lock, error);
  }
}

async function replace(path: string, content: KeyFile): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await writeWhole(draft, content);
    await rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Makes the renaming last through a power cut, where folders can be synced at all. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}

function unwritable(path: string, error: unknown): AppError {
  return new AppError(
    "unavailable",
    `${path} cannot be written (${codeOf(error)}). Let the user that runs PromptForge write to the data folder.`,
  );
}
