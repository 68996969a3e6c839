import { type SQL, sql } from "drizzle-orm";
import type { Cell, Cells, MovedTable, MoveReader } from "../../../domain/ports/library-move.ts";
import type { SqlDb } from "../connection.ts";

/** Of one statement: SQLite takes some 32,000 parameters, PostgreSQL 65,000. */
const MOST_CELLS = 10_000;

/** Where changes are noted while a library is moved, and how far it has come. */
export const CHANGES = sql.identifier("moving_changes");
export const PROGRESS = sql.identifier("moving_progress");

/** Reads rows as they are, by statements that both databases take. */
export function rowReader(db: SqlDb): MoveReader {
  return {
    async count({ name }) {
      const [row] = await db.values<[number]>(sql`select count(*) from ${sql.identifier(name)}`);
      return row?.[0] ?? 0;
    },
    page: (table, after, limit) =>
      cells(
        db,
        sql`${selection(table)} ${after === undefined ? sql`` : sql`where ${tuple(table)} > ${given(after)}`}
        order by ${keyOf(table)} limit ${limit}`,
      ),
    async find(table, keys) {
      const found: Cells[] = [];
      for (const some of chunksOf(keys, table.key.length)) {
        const list = sql.join(some.map(given), sql`, `);
        found.push(...(await cells(db, sql`${selection(table)} where ${tuple(table)} in (${list})`)));
      }
      return found;
    },
    async changes() {
      const rows = await db.values<[number, string, string]>(
        sql`select max(id), table_name, row_key from ${CHANGES} group by table_name, row_key`,
      );
      return {
        rows: rows.map(([, table, key]) => ({ table, key: JSON.parse(key) as Cells })),
        upTo: rows.reduce((newest, [id]) => Math.max(newest, id), 0),
      };
    },
  };
}

export async function putRows(db: SqlDb, table: MovedTable, rows: readonly Cells[]): Promise<void> {
  const rest = table.columns.filter((name) => !table.key.includes(name));
  const changes = rest.map((name) => sql`${sql.identifier(name)} = excluded.${sql.identifier(name)}`);
  const conflict = rest.length === 0 ? sql`nothing` : sql`update set ${sql.join(changes, sql`, `)}`;
  for (const some of chunksOf(rows, table.columns.length)) {
    await db.run(sql`insert into ${sql.identifier(table.name)} (${names(table.columns)})
      values ${sql.join(some.map(given), sql`, `)} on conflict (${keyOf(table)}) do ${conflict}`);
  }
}

export async function removeRows(db: SqlDb, table: MovedTable, keys: readonly Cells[]): Promise<void> {
  for (const some of chunksOf(keys, table.key.length)) {
    const list = sql.join(some.map(given), sql`, `);
    await db.run(sql`delete from ${sql.identifier(table.name)} where ${tuple(table)} in (${list})`);
  }
}

async function cells(db: SqlDb, query: SQL): Promise<Cells[]> {
  return db.values<Cell[]>(query);
}

function selection(table: MovedTable): SQL {
  return sql`select ${names(table.columns)} from ${sql.identifier(table.name)}`;
}

function names(columns: readonly string[]): SQL {
  return sql.join(
    columns.map((name) => sql.identifier(name)),
    sql`, `,
  );
}

function keyOf(table: MovedTable): SQL {
  return names(table.key);
}

function tuple(table: MovedTable): SQL {
  return sql`(${keyOf(table)})`;
}

function given(values: Cells): SQL {
  return sql`(${sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )})`;
}

function* chunksOf<T>(items: readonly T[], width: number): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor(MOST_CELLS / width));
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
