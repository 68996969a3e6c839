import Database from "better-sqlite3";
import { RateLimiterMemory, RateLimiterSQLite } from "rate-limiter-flexible";
import { AppError } from "../domain/errors.ts";
import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import { createRateLimiter } from "./rate-limiter.ts";

const TABLE = "counters";
const SWEEP_MS = 300_000;
/** A count takes some microseconds: whoever holds the file longer than this is stuck, and is not waited for. */
const BUSY_TIMEOUT_MS = 100;
const OPEN_TIMEOUT_MS = 5_000;

/**
 * Counters that the processes of one library share, in a SQLite file of their own: they would else take turns with the
 * library's one writer, and each wait for the disk. What is counted may be lost with the power, so nothing waits here.
 * When the file cannot be written, each process counts for itself. Throws `unavailable` when it cannot be opened.
 */
export function openSharedRateLimiter(file: string): RateLimiter {
  const database = openCounters(file);
  const sweep = setInterval(() => dropEnded(database), SWEEP_MS);
  sweep.unref();
  return createRateLimiter(
    (name, { points, seconds }) => {
      const options = { keyPrefix: name, points, duration: seconds };
      return new RateLimiterSQLite({
        ...options,
        storeClient: database,
        storeType: "better-sqlite3",
        tableName: TABLE,
        tableCreated: true,
        insuranceLimiter: new RateLimiterMemory(options),
      });
    },
    () => {
      clearInterval(sweep);
      database.close();
    },
  );
}

function openCounters(file: string): Database.Database {
  try {
    const database = new Database(file, { timeout: OPEN_TIMEOUT_MS });
    useWal(database);
    database.pragma("synchronous = OFF");
    // As rate-limiter-flexible has it. Keys name tenants and addresses, and hashes of what people typed.
    database.exec(
      `create table if not exists ${TABLE} (key text primary key, points integer not null default 0, expire integer) without rowid`,
    );
    dropEnded(database);
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return database;
  } catch (thrown) {
    throw new AppError(
      "unavailable",
      `The counters of limits in ${file} cannot be opened. They hold nothing that is needed: delete the file, or set PROMPTFORGE_LIMITS_STORE=memory.`,
      undefined,
      thrown,
    );
  }
}

/** The mode stays with the file: where another opener is switching it just now, there is nothing to do. */
function useWal(database: Database.Database): void {
  try {
    database.pragma("journal_mode = WAL");
  } catch (thrown) {
    if (!(thrown instanceof Database.SqliteError && thrown.code.startsWith("SQLITE_BUSY"))) throw thrown;
  }
}

/** Housekeeping: what fails now is done the next time. */
function dropEnded(database: Database.Database): void {
  try {
    database.prepare(`delete from ${TABLE} where expire < ?`).run(Date.now());
  } catch (thrown) {
    if (!(thrown instanceof Database.SqliteError)) throw thrown;
  }
}
