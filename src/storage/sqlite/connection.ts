import type Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import * as sqliteVec from "sqlite-vec";
import { AppError } from "../../domain/errors.ts";
import type { SqlConnection } from "../sql/connection.ts";
import { sqliteDialect } from "./dialect.ts";
import { PlannedDatabase } from "./planned-database.ts";

/** `client` is better-sqlite3's: for what is SQLite's alone. */
export interface SqliteConnection extends Omit<SqlConnection, "words"> {
  readonly client: Database.Database;
}

/** A connection to a library whose schema is up to date. */
export interface LibraryConnection extends SqliteConnection, SqlConnection {}

export interface ConnectionOptions {
  readonly readonly: boolean;
  /** How long one statement waits for a lock, with the thread blocked. */
  readonly busyTimeoutMs: number;
}

/** The WAL is cut back to this size after a checkpoint, so that one large import does not leave a large file. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens a connection with all that durability and integrity need, and checks that it holds: SQLite answers an
 * unknown or refused PRAGMA with silence, and this build defaults to synchronous=NORMAL under WAL.
 */
export function openConnection(file: string, options: ConnectionOptions): SqliteConnection {
  const client = new PlannedDatabase(file, {
    readonly: options.readonly,
    fileMustExist: true,
    timeout: options.busyTimeoutMs,
  });
  try {
    if (!options.readonly) {
      client.pragma("journal_mode = WAL");
      client.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
    }
    client.pragma("synchronous = FULL");
    client.pragma("foreign_keys = ON");
    client.pragma("trusted_schema = OFF");
    assertPragma(client, "journal_mode", "wal");
    assertPragma(client, "synchronous", 2);
    assertPragma(client, "foreign_keys", 1);
    loadVectorFunctions(client);
    return { client, db: drizzle({ client }), dialect: sqliteDialect };
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

function assertPragma(client: Database.Database, name: string, wanted: string | number): void {
  const value = client.pragma(name, { simple: true });
  if (value === wanted) return;
  throw new AppError(
    "unavailable",
    `SQLite cannot keep the library safe here: ${name} is ${String(value)}, not ${wanted}. Put the data folder on a local disk.`,
    { pragma: name },
  );
}

function loadVectorFunctions(client: Database.Database): void {
  try {
    sqliteVec.load(client);
  } catch (thrown) {
    throw new AppError(
      "unavailable",
      `The SQLite extension sqlite-vec cannot be loaded on ${process.platform}-${process.arch}. Install again with optional packages (npm ci).`,
      { extension: "sqlite-vec" },
      thrown,
    );
  }
}
