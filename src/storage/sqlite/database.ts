import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Mutex } from "async-mutex";
import { AppError } from "../../domain/errors.ts";
import type { SqlDatabase } from "../sql/connection.ts";
import { type LibraryConnection, openConnection, type SqliteConnection } from "./connection.ts";
import { migrate } from "./migrator.ts";
import { isBusy, isReadOnly, translateSqliteError } from "./sqlite-errors.ts";
import { sqliteWordRows } from "./word-rows.ts";

/**
 * The library's file. Writes go through one connection, one transaction at a time: an awaited transaction on a
 * shared connection would let other requests join it. Reads have a connection of their own that cannot write.
 */
export interface SqliteDatabase extends SqlDatabase {
  readonly file: string;
  readonly reader: LibraryConnection;
  readonly writer: LibraryConnection;
  /** Runs `work` on the reader. Each statement sees what was committed before it. */
  read<T>(work: () => Promise<T> | T): Promise<T>;
  /** Runs `work` on the writer inside one transaction, after all that were asked for before. */
  write<T>(work: () => Promise<T> | T): Promise<T>;
  /** The same, without waiting for the disk. */
  writeSoon<T>(work: () => Promise<T> | T): Promise<T>;
  close(): Promise<void>;
}

/**
 * What a commit waits for: FULL for the disk, NORMAL for nothing. Under WAL the file is whole after a power failure in both, and what it
 * has lost under NORMAL is the last commits, up to the last FULL one.
 */
type Synchronous = "FULL" | "NORMAL";

/**
 * SQLite waits for another process's lock with the thread blocked. The writer lets it do so for this long at a
 * time and goes on waiting in the event loop.
 */
const BLOCKING_WAIT_MS = 20;
const WAIT_MS = 10;

/** Opens and migrates the file, which exists. */
export async function openDatabase(file: string, busyTimeoutMs: number): Promise<SqliteDatabase> {
  // Racing openers: the switch to WAL of a new file needs it alone for a moment, and does not wait by itself.
  const writer = await whileBusy(busyTimeoutMs, () =>
    openConnection(file, { readonly: false, busyTimeoutMs }),
  );
  try {
    await migrate(writer, (work) => transaction(writer, busyTimeoutMs, work));
    const reader = await whileBusy(busyTimeoutMs, () =>
      openConnection(file, { readonly: true, busyTimeoutMs }),
    );
    writer.client.pragma(`busy_timeout = ${Math.min(busyTimeoutMs, BLOCKING_WAIT_MS)}`);
    return connect(file, withWords(reader), withWords(writer), busyTimeoutMs);
  } catch (thrown) {
    writer.client.close();
    throw thrown;
  }
}

function withWords(connection: SqliteConnection): LibraryConnection {
  return { ...connection, words: sqliteWordRows(connection.client) };
}

function connect(
  file: string,
  reader: LibraryConnection,
  writer: LibraryConnection,
  busyTimeoutMs: number,
): SqliteDatabase {
  const mutex = new Mutex();
  // Whoever asks for a write from inside a write would wait for itself. The flag is cleared at the end, since what
  // was started inside (a timer, a listener) carries the context on.
  const insideWrite = new AsyncLocalStorage<{ active: boolean }>();

  async function write<T>(synchronous: Synchronous, work: () => Promise<T> | T): Promise<T> {
    if (insideWrite.getStore()?.active === true) {
      throw new Error(
        "Programming error: a write inside a write. Use the store that the outer one was given.",
      );
    }
    return mutex.runExclusive(async () => {
      assertOpen(writer);
      const context = { active: true };
      try {
        // Said each time: what an earlier one left behind is nothing to rely on. SQLite refuses it inside a transaction.
        writer.client.exec(`PRAGMA synchronous = ${synchronous}`);
        return await transaction(writer, busyTimeoutMs, () => insideWrite.run(context, work));
      } catch (thrown) {
        throw translateSqliteError(thrown);
      } finally {
        context.active = false;
      }
    });
  }

  return {
    file,
    reader,
    writer,
    async read(work) {
      assertOpen(reader);
      try {
        return await work();
      } catch (thrown) {
        if (isReadOnly(thrown))
          throw new Error("Programming error: a write inside read().", { cause: thrown });
        throw translateSqliteError(thrown);
      }
    },
    write: (work) => write("FULL", work),
    writeSoon: (work) => write("NORMAL", work),
    close: () =>
      mutex.runExclusive(() => {
        // The last connection to close moves the WAL into the file, and one that only reads cannot.
        reader.client.close();
        writer.client.close();
      }),
  };
}

async function transaction<T>(
  { client }: SqliteConnection,
  busyTimeoutMs: number,
  work: () => Promise<T> | T,
): Promise<T> {
  await whileBusy(busyTimeoutMs, () => client.exec("BEGIN IMMEDIATE"));
  try {
    const result = await work();
    client.exec("COMMIT");
    return result;
  } catch (thrown) {
    // SQLite has rolled back by itself after some errors (a full disk).
    if (client.inTransaction) client.exec("ROLLBACK");
    throw thrown;
  }
}

async function whileBusy<T>(timeoutMs: number, attempt: () => T): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return attempt();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= deadline) throw thrown;
    }
    // Uneven, so that processes which wait for each other do not meet again.
    await sleep(WAIT_MS * (0.5 + Math.random()));
  }
}

function assertOpen({ client }: SqliteConnection): void {
  if (!client.open) throw new AppError("unavailable", "The library is closed: the server is shutting down.");
}
