import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { Storage } from "../../domain/ports/storage.ts";
import { directoryStore } from "../sql/directory-store.ts";
import { libraryGauges } from "../sql/gauges.ts";
import { indexStateStore } from "../sql/index-state-store.ts";
import { outboxQueue } from "../sql/outbox-queue.ts";
import { library } from "../sql/schema.ts";
import { splitWriter } from "../sql/split-writer.ts";
import { tenantStores } from "../sql/tenant-store.ts";
import { openDatabase, type SqliteDatabase } from "./database.ts";
import { rememberingCallers } from "./remembered-callers.ts";
import { inspectDatabase } from "./report.ts";
import { translateSqliteError } from "./sqlite-errors.ts";

export interface SqliteStorage extends Storage {
  /** The file itself, for the search index that is kept in it. */
  readonly database: SqliteDatabase;
}

export interface SqliteStorageOptions {
  /** Path of the library's file, which is made where it is missing, in a folder that is there. */
  readonly file: string;
  /** How long a write waits for another process. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens the library, new or old, and brings its schema up to date. Throws `unavailable`, with what to do, when the
 * file cannot be used: no access, no database, damaged, or made by a newer program.
 */
export async function openSqliteStorage({
  file,
  busyTimeoutMs = 5_000,
}: SqliteStorageOptions): Promise<SqliteStorage> {
  const path = resolve(file);
  const database = await openOrExplain(path, busyTimeoutMs);
  const readerStores = tenantStores(database.reader);
  const writerStores = tenantStores(database.writer);
  const readerDirectory = rememberingCallers(directoryStore(database.reader, readerStores), database.reader);
  const writerDirectory = directoryStore(database.writer, writerStores);
  const libraryId = database.reader.db.select({ id: library.libraryId }).from(library).prepare();
  const ping = database.reader.client.prepare("select count(*) from sqlite_schema");

  return {
    database,
    tenant: (tenantId) => ({
      read: (work) => database.read(() => work(readerStores(tenantId))),
      write: (work) => database.write(() => work(writerStores(tenantId))),
    }),
    directory: {
      read: (work) => database.read(() => work(readerDirectory)),
      write: (work) => database.write(() => work(writerDirectory)),
    },
    outbox: outboxQueue(database),
    splits: splitWriter(database),
    indexState: indexStateStore(database),
    // The processes of one machine: what two of them did would be done once all the same.
    claimJob: async () => true,
    async libraryId() {
      const row = await database.read(() => libraryId.get());
      if (row !== undefined) return row.id;
      throw new AppError("unavailable", "The library has lost its own id: it is damaged. Restore a backup.");
    },
    async ping() {
      await database.read(() => ping.get());
    },
    gauges: libraryGauges(database),
    inspect: () => inspectDatabase(database),
    close: () => database.close(),
  };
}

async function openOrExplain(path: string, busyTimeoutMs: number): Promise<SqliteDatabase> {
  try {
    await createFile(path);
    return await openDatabase(path, busyTimeoutMs);
  } catch (thrown) {
    const error = translateSqliteError(thrown);
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `Cannot open the library ${path}. ${error.message}`, error.details, error);
  }
}

/** The file holds password hashes: only its owner may read it. SQLite gives the same mode to the files beside it. */
async function createFile(path: string): Promise<void> {
  try {
    const file = await open(path, "a", 0o600);
    await file.close();
  } catch (thrown) {
    const reason = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
    throw new AppError(
      "unavailable",
      `The file or its folder cannot be written (${reason}). Name a folder that the server may write to.`,
      { reason },
      thrown,
    );
  }
}
