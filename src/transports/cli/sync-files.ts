import { randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { readText } from "../../exchange/file-text.ts";
import { hashOf, readMemory, SYNC_FILE, type SyncMemory, writeMemory } from "../../exchange/sync-memory.ts";
import { writeBelow } from "./export-sinks.ts";
import { codeOf } from "./system-code.ts";

/** `undefined` where the folder remembers nothing. */
export async function loadMemory(root: string): Promise<SyncMemory | undefined> {
  const path = join(root, SYNC_FILE);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw refusal(path, error);
  });
  return text === undefined ? undefined : readMemory(text);
}

/** Writes the memory whole, in place of the one before. */
export async function saveMemory(root: string, memory: SyncMemory): Promise<void> {
  const path = join(root, SYNC_FILE);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(draft, "wx");
    await file.writeFile(writeMemory(memory));
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    throw refusal(path, error);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Puts a file below a folder, whole or not at all, in place of the one whose text has the hash `before`; `undefined`: there must be
 * none. Throws `conflict` where it is another by now, and what `writeBelow` throws.
 */
export async function placeFile(
  root: string,
  path: string,
  text: string,
  before: string | undefined,
): Promise<void> {
  const full = join(root, path);
  const draft = `${path}.${randomUUID()}.tmp`.replace(/[^/]*$/, (name) => `.${name}`);
  try {
    await writeBelow(root, draft, text, "new");
    // A link never replaces a file that has come meanwhile.
    if (before === undefined) await link(join(root, draft), full);
    else {
      await requireUnchanged(full, before);
      await rename(join(root, draft), full);
    }
  } catch (error) {
    throw refusal(full, error);
  } finally {
    await rm(join(root, draft), { force: true });
  }
}

/** Throws `conflict` where the file says something else by now. */
export async function removeUnchanged(root: string, path: string, before: string): Promise<void> {
  const full = join(root, path);
  try {
    await requireUnchanged(full, before);
    await rm(full);
  } catch (error) {
    throw refusal(full, error);
  }
}

async function requireUnchanged(full: string, before: string): Promise<void> {
  const read = await readText(full);
  if ("text" in read && hashOf(read.text) === before) return;
  throw new AppError("conflict", `${full} has changed meanwhile. Sync again.`);
}

function refusal(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  if (code === "EEXIST") return new AppError("conflict", `${path} is there already. Sync again.`);
  return new AppError("invalid_input", `${path} cannot be read or written (${code ?? "unknown error"}).`);
}
