import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";
import type { SqlDialect } from "./dialect.ts";
import type { WordRows } from "./word-rows.ts";

/**
 * drizzle over one of the databases. The statements of the stores are written once, with drizzle's builder for SQLite,
 * whose SQL PostgreSQL takes too; what the two say each in its own way is in the dialect. SQLite answers at once and
 * PostgreSQL later: every statement is awaited.
 */
export type SqlDb = BaseSQLiteDatabase<"sync" | "async", { readonly changes: number }>;

/** What statements are made from. */
export interface SqlConnection {
  readonly db: SqlDb;
  readonly dialect: SqlDialect;
  /** The full-text index. */
  readonly words: WordRows;
}

/** A connection for reading and one for writing, and how work gets to them. */
export interface SqlDatabase {
  readonly reader: SqlConnection;
  readonly writer: SqlConnection;
  /** Each statement sees what was committed before it. */
  read<T>(work: () => Promise<T>): Promise<T>;
  /** One transaction, which survives a power failure once it has resolved. */
  write<T>(work: () => Promise<T>): Promise<T>;
  /**
   * One that does not wait for the disk. A power failure may undo the last of these, none before one that it keeps, and never
   * what was written durably before: for what would be done again.
   */
  writeSoon<T>(work: () => Promise<T>): Promise<T>;
}
