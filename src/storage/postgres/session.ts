import { createHash } from "node:crypto";
import { BaseSQLiteDatabase, SQLiteAsyncDialect } from "drizzle-orm/sqlite-core";
import { SQLiteRemoteSession } from "drizzle-orm/sqlite-proxy";
import pg from "pg";
import type { SqlDb } from "../sql/connection.ts";

/** Runs a statement on the connection of the transaction that is under way. */
export type Execute = (query: pg.QueryArrayConfig) => Promise<pg.QueryArrayResult>;

/** So many statements are kept prepared on each connection; of those with lists of values in them there is no end. */
const MOST_PREPARED = 500;

/**
 * SQL as drizzle writes it for SQLite is SQL that PostgreSQL takes, but for two things: parameters have numbers, and the
 * columns of a conflict stand without their table.
 */
class PostgresFlavour extends SQLiteAsyncDialect {
  override escapeParam(place: number): string {
    return `$${place + 1}`;
  }

  override sqlToQuery(...given: Parameters<SQLiteAsyncDialect["sqlToQuery"]>) {
    const query = super.sqlToQuery(...given);
    return { ...query, sql: query.sql.replace(CONFLICT, (target) => target.replace(TABLE, "")) };
  }
}

const CONFLICT = /(?<= on conflict )\("[^)]*"\)/;
const TABLE = /"\w+"\./g;

const INT8 = 20;
const NUMERIC = 1700;

/** Counts and sums come as text, since they might be more than a number holds exactly; ours are not. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format),
} as pg.CustomTypesConfig;

/** PostgreSQL keeps no NUL: in its place, and its own, stands this one, which is no character (Unicode 23.7), and a letter. */
const ESCAPE = "\ufdd0";
const KEPT = new Map([
  ["\0", `${ESCAPE}0`],
  [ESCAPE, `${ESCAPE}1`],
]);
const RESTORED = new Map([...KEPT].map(([character, kept]) => [kept, character]));

function escapeNul(value: unknown): unknown {
  if (typeof value !== "string" || !/[\0\ufdd0]/.test(value)) return value;
  return value.replace(/[\0\ufdd0]/g, (character) => KEPT.get(character) ?? character);
}

function restoreNul(value: unknown): unknown {
  if (typeof value !== "string" || !value.includes(ESCAPE)) return value;
  return value.replace(/\ufdd0./g, (kept) => RESTORED.get(kept) ?? kept);
}

/** drizzle over PostgreSQL, with the builder that the shared statements are written with. */
export function postgresDb(execute: Execute): SqlDb {
  const prepared = new Map<string, string>();

  function nameOf(text: string): string | undefined {
    const known = prepared.get(text);
    if (known !== undefined || prepared.size >= MOST_PREPARED) return known;
    const name = createHash("sha256").update(text).digest("base64url").slice(0, 22);
    prepared.set(text, name);
    return name;
  }

  async function run(text: string, values: unknown[], method: "run" | "all" | "values" | "get") {
    const name = nameOf(text);
    const query = { text, values: values.map(escapeNul), rowMode: "array", types } as const;
    const { rows, rowCount } = await execute(name === undefined ? query : { ...query, name });
    for (const row of rows) for (const [at, value] of row.entries()) row[at] = restoreNul(value);
    return { rows: method === "get" ? (rows[0] as unknown[]) : rows, changes: rowCount ?? 0 };
  }

  const dialect = new PostgresFlavour();
  const session = new SQLiteRemoteSession(run, dialect, undefined, undefined, {});
  return new BaseSQLiteDatabase("async", dialect, session, undefined) as unknown as SqlDb;
}
