import { sql } from "drizzle-orm";
import type pg from "pg";
import { AppError } from "../../domain/errors.ts";
import type { Cells, MoveSource, MoveTarget } from "../../domain/ports/library-move.ts";
import { anotherLibrary, SEALED } from "../sql/moving/refusals.ts";
import { CHANGES, PROGRESS, putRows, removeRows, rowReader } from "../sql/moving/rows.ts";
import { movedTables } from "../sql/moving/tables.ts";
import { indexAllWords } from "../sql/moving/words.ts";
import { tenantStores } from "../sql/tenant-store.ts";
import { connectPostgres } from "./database.ts";

/**
 * A library in PostgreSQL, moved away while servers serve it.
 * @param pool Of the role that owns the tables.
 */
export function postgresMoveSource(pool: pg.Pool): MoveSource {
  const database = connectPostgres(pool);
  const { db } = database.connection;
  const { queues } = database;

  return {
    libraryId: () => libraryIdOf(pool),
    watch: () => queues.write(() => database.script(WATCH)),
    snapshot: (work) => database.snapshot(() => work(rowReader(db))),
    forget: (upTo) =>
      queues.write(async () => void (await db.run(sql`delete from ${CHANGES} where id <= ${upTo}`))),
    async progress() {
      const rows = await queues.read(async () =>
        db.values<[string, string]>(sql`select table_name, last_key from ${PROGRESS}`),
      );
      return new Map(rows.map(([table, last]) => [table, JSON.parse(last) as Cells]));
    },
    setProgress: ({ name }, last) =>
      queues.write(async () => {
        await db.run(sql`insert into ${PROGRESS} (table_name, last_key) values (${name}, ${JSON.stringify(last)})
          on conflict (table_name) do update set last_key = excluded.last_key`);
      }),
    hold: (work) =>
      queues.write(async () => {
        await database.script(
          `lock table ${movedTables.map(({ name }) => name).join(", ")} in exclusive mode`,
        );
        if ((await work(rowReader(db))) === "sealed") await database.script(SEAL);
      }),
    release: () => queues.write(() => database.script(RELEASE)),
    close: () => database.close(),
  };
}

/** A database that holds no library yet, into which one is moved. */
export function postgresMoveTarget(pool: pg.Pool): MoveTarget {
  const database = connectPostgres(pool);
  const { connection, queues } = database;
  const { db } = connection;
  const stores = tenantStores(connection);
  return {
    async adopt(libraryId) {
      if ((await libraryIdOf(pool)) === libraryId) return;
      await queues.write(async () => {
        const [people] = await db.values<[number]>(sql`select count(*) from users`);
        if (people?.[0] !== 0) throw anotherLibrary();
        await db.run(sql`update library set library_id = ${libraryId}`);
      });
    },
    snapshot: (work) => database.snapshot(() => work(rowReader(db))),
    put: (table, rows) => queues.write(() => putRows(db, table, rows)),
    remove: (table, keys) => queues.write(() => removeRows(db, table, keys)),
    async derive(onPrompt) {
      await queues.write(async () => {
        await db.run(
          sql`select setval('prompts_seq_number', (select coalesce(max(seq), 0) + 1 from prompts), false)`,
        );
      });
      const tenants = await queues.read(async () => db.values<[string]>(sql`select id from tenants`));
      const tenantIds = tenants.map(([id]) => id);
      await indexAllWords(
        tenantIds,
        (tenantId, work) => queues.write(() => work(stores(tenantId))),
        onPrompt,
      );
    },
    close: () => database.close(),
  };
}

async function libraryIdOf(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ library_id: string }>("select library_id from library");
  const id = rows[0]?.library_id;
  if (id === undefined)
    throw new AppError("unavailable", "The library has lost its own id: it is damaged. Restore a backup.");
  return id;
}

/** The keys of a trigger's table come as its arguments. */
const WATCH = `
  create table if not exists moving_changes (
    id bigint generated always as identity primary key, table_name text not null, row_key text not null
  );
  create table if not exists moving_progress (table_name text primary key, last_key text not null);
  create or replace function moving_note() returns trigger language plpgsql security definer set search_path from current as $note$
  declare
    old_key jsonb := (select jsonb_agg(to_jsonb(old) -> name order by n) from unnest(tg_argv) with ordinality as argument(name, n));
    new_key jsonb := (select jsonb_agg(to_jsonb(new) -> name order by n) from unnest(tg_argv) with ordinality as argument(name, n));
  begin
    if tg_op <> 'INSERT' then
      insert into moving_changes (table_name, row_key) values (tg_table_name, old_key::text);
    end if;
    if tg_op <> 'DELETE' then
      insert into moving_changes (table_name, row_key) values (tg_table_name, new_key::text);
    end if;
    return null;
  end $note$;
  ${movedTables
    .map(
      ({ name, key }) => `create or replace trigger moving_watch after insert or update or delete on ${name}
        for each row execute function moving_note(${key.map((column) => `'${column}'`).join(", ")});`,
    )
    .join("\n")}`;

const SEAL = `
  create or replace function moving_refuse() returns trigger language plpgsql as $refuse$
  begin
    raise exception '${SEALED}' using errcode = 'object_not_in_prerequisite_state';
  end $refuse$;
  ${movedTables
    .map(
      ({ name }) => `create or replace trigger moving_seal before insert or update or delete on ${name}
        for each statement execute function moving_refuse();`,
    )
    .join("\n")}`;

const RELEASE = `
  ${movedTables
    .map(
      ({ name }) =>
        `drop trigger if exists moving_watch on ${name}; drop trigger if exists moving_seal on ${name};`,
    )
    .join("\n")}
  drop function if exists moving_note();
  drop function if exists moving_refuse();
  drop table if exists moving_changes;
  drop table if exists moving_progress;`;
