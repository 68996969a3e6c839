import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  openSqliteStorage,
  type SqliteStorage,
  type SqliteStorageOptions,
} from "../../src/storage/sqlite/storage.ts";

/** A fresh folder, gone when the test ends. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "storage-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a library that is not there yet. */
export async function tempFile(): Promise<string> {
  return join(await tempFolder(), "library.db");
}

/** Opens a library (a new one where no file is named), closed when the test ends. */
export async function openTemp(options: Partial<SqliteStorageOptions> = {}): Promise<SqliteStorage> {
  const storage = await openSqliteStorage({ file: await tempFile(), ...options });
  onTestFinished(() => storage.close());
  return storage;
}
