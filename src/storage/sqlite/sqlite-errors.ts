import Database from "better-sqlite3";
import { AppError } from "../../domain/errors.ts";
import { movedAway, SEALED } from "../sql/moving/refusals.ts";

/** Two writers raced for the same name: what the loser is told, by the constraint that stopped it. */
const CONFLICTS: readonly (readonly [constraint: string, message: string])[] = [
  ["prompts.name", "A prompt with this name exists already. Choose another name, or update that prompt."],
  ["users.username", "This username is taken. Choose another one."],
  ["versions.number", "Another change made this version first. Read the prompt again and repeat the change."],
  ["memberships.user_id", "This user is a member of the tenant already."],
];

/** What the operator is told, by the start of SQLite's code. None of it holds SQL, stored text or a path. */
const OUTAGES: readonly (readonly [code: string, message: string])[] = [
  ["SQLITE_FULL", "The disk with the library is full: nothing was written. Free some space and try again."],
  ["SQLITE_IOERR", "The disk could not read or write the library. Check the disk of the data folder."],
  ["SQLITE_READONLY", "The library is read-only. Let the server write to the data folder and its files."],
  ["SQLITE_PERM", "The library may not be accessed. Let the server write to the data folder and its files."],
  [
    "SQLITE_CANTOPEN",
    "The library's file cannot be opened. Check the data folder, its permissions and its disk.",
  ],
  ["SQLITE_BUSY", "Another process keeps the library locked. Try again; if it stays, end that process."],
  ["SQLITE_LOCKED", "The library is locked by another operation. Try again."],
  ["SQLITE_CORRUPT", "The library's file is damaged. Run `promptforge doctor`, and restore a backup."],
  ["SQLITE_NOTADB", "The library's file is not a SQLite database. Name another file, or restore a backup."],
  ["SQLITE_NOMEM", "SQLite ran out of memory. Give the server more memory and try again."],
];

/** True for a lock that another connection holds. */
export function isBusy(thrown: unknown): boolean {
  return sqliteErrorIn(thrown)?.code.startsWith("SQLITE_BUSY") === true;
}

/** True when a statement tried to write through a connection that only reads. */
export function isReadOnly(thrown: unknown): boolean {
  return sqliteErrorIn(thrown)?.code.startsWith("SQLITE_READONLY") === true;
}

/**
 * What callers are told for an error of SQLite's: `unavailable` for trouble with the disk, the file or a lock,
 * `conflict` for a name or number that a racing writer took. Anything else is given back as it came, an error of
 * SQLite's without what drizzle wraps it in: that repeats the values of the query.
 */
export function translateSqliteError(thrown: unknown): unknown {
  const error = sqliteErrorIn(thrown);
  if (error === undefined) return thrown;
  if (error.code === "SQLITE_CONSTRAINT_UNIQUE" || error.code === "SQLITE_CONSTRAINT_PRIMARYKEY") {
    const conflict = CONFLICTS.find(([constraint]) => error.message.endsWith(constraint));
    return conflict === undefined ? error : new AppError("conflict", conflict[1], undefined, error);
  }
  if (error.message.includes(SEALED)) return movedAway(error);
  const outage = OUTAGES.find(([code]) => error.code.startsWith(code));
  return outage === undefined ? error : new AppError("unavailable", outage[1], { reason: error.code }, error);
}

/** The error of SQLite's inside a thrown value: drizzle wraps some of them. */
function sqliteErrorIn(thrown: unknown): InstanceType<typeof Database.SqliteError> | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof AppError) return undefined;
    if (error instanceof Database.SqliteError) return error;
  }
  return undefined;
}
