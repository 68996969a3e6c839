import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import type { Library } from "./library.ts";
import { inPostgres } from "./with-sqlite.ts";

/** The database behind the program's back, as its operator sees it. */
export interface RawDatabase {
  /** Every table but those that an index consists of. */
  tables(): Promise<string[]>;
  /** All rows of a table; with a column and a value those that have it there. */
  rows(table: string, where?: { readonly column: string; readonly value: string }): Promise<object[]>;
  columns(table: string): Promise<string[]>;
  /** Runs a statement that no trigger and no policy stops. */
  run(statement: string): Promise<void>;
  /** The same, with the triggers that the tables have. */
  runGuarded(statement: string): Promise<void>;
  /** From now on a table takes no new row; gives what ends that. */
  closeToInserts(table: string): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Opens the database of a library, in whichever the tests keep theirs. */
export async function rawDatabase({ dataDir }: Pick<Library, "dataDir">): Promise<RawDatabase> {
  if (!inPostgres) return sqlite(join(dataDir, "promptforge.db"));
  const { superuserUrl } = await import("./shared-postgres.ts");
  return postgres(await superuserUrl(dataDir));
}

function sqlite(file: string): RawDatabase {
  const db = new Database(file);
  return {
    async tables() {
      return db
        .prepare<[], string>(
          "select name from sqlite_schema where type = 'table' and name not like 'prompt_words_%' and name not like 'sqlite_%'",
        )
        .pluck()
        .all();
    },
    async rows(table, where) {
      const all = `select * from "${table}"`;
      return where === undefined
        ? db.prepare<[], object>(all).all()
        : db.prepare<[string], object>(`${all} where "${where.column}" = ?`).all(where.value);
    },
    async columns(table) {
      return (db.pragma(`table_info("${table}")`) as { name: string }[]).map(({ name }) => name);
    },
    async run(statement) {
      const triggers = db
        .prepare<[], { name: string; sql: string }>(
          "select name, sql from sqlite_schema where type = 'trigger' and tbl_name = 'audit_log'",
        )
        .all();
      for (const { name } of triggers) db.exec(`drop trigger ${name}`);
      db.exec(statement);
      for (const { sql } of triggers) db.exec(sql);
    },
    async runGuarded(statement) {
      db.exec(statement);
    },
    async closeToInserts(table) {
      db.exec(
        `create trigger closed_${table} before insert on "${table}" begin select raise(abort, 'closed'); end`,
      );
      return async () => void db.exec(`drop trigger closed_${table}`);
    },
    async close() {
      db.close();
    },
  };
}

async function postgres(url: string): Promise<RawDatabase> {
  const client = new pg.Client({ connectionString: url, pipeline: true });
  await client.connect();
  const column = async (text: string, values: unknown[] = []) =>
    (await client.query<{ name: string }>(text, values)).rows.map(({ name }) => name);
  return {
    tables: () => column("select tablename as name from pg_tables where schemaname = 'public'"),
    async rows(table, where) {
      const all = `select * from "${table}"`;
      const { rows } = await (where === undefined
        ? client.query(all)
        : client.query(`${all} where "${where.column}" = $1`, [where.value]));
      return rows;
    },
    columns: (table) =>
      column(
        "select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1",
        [table],
      ),
    async run(statement) {
      await client.query("set session_replication_role = replica");
      await client.query(statement);
    },
    async runGuarded(statement) {
      await client.query(statement);
    },
    async closeToInserts(table) {
      await client.query(`alter table "${table}" add constraint closed check (false) not valid`);
      return async () => void (await client.query(`alter table "${table}" drop constraint closed`));
    },
    close: () => client.end(),
  };
}
