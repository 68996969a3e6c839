import type { Placeholder, SQL, SQLWrapper } from "drizzle-orm";

/** What SQLite and PostgreSQL say each in its own way. Texts of JSON are parameters or columns. */
export interface SqlDialect {
  /** The strings of a JSON array, one a row: for `in`. */
  strings(json: string | Placeholder): SQL;
  /** The numbers of a JSON array, one a row with the column `value`. */
  numbers(json: string | Placeholder): SQL;
  /** The arrays of a JSON array, one a row with the column `value`, whose elements `->>` gives: for `from`. */
  arrays(json: string | Placeholder): SQL;
  /** A field of a JSON object, as text. */
  field(json: SQLWrapper, name: string): SQL;
  /** The rows of a query with the columns `key` and `value`, as the text of one JSON object. */
  object(rows: SQL): SQL;
  /** Where a text first occurs in another, counted from 1; 0: nowhere. */
  position(text: SQLWrapper, of: string): SQL;
  /** The day (UTC, as 2025-01-31) of a time in ms since 1970. */
  day(time: SQLWrapper): SQL<string>;
  /** The next number for a prompt's row in the full-text index. */
  readonly nextSeq: SQL<number>;
  /** Bytes of the whole database. */
  readonly size: SQL<number>;
  /** At the end of a subquery: passes over rows that another transaction has claimed. */
  readonly skipLocked: SQL;
  /** The condition on `prompts` that a tenant's prompt has all of these words, each as a prefix. */
  hasWords(tenantId: string, words: readonly string[]): SQL;
}
