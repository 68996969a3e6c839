import type Database from "better-sqlite3";
import { sql } from "drizzle-orm";
import type { Cells, MovedTable, MoveSource, MoveTarget } from "../../domain/ports/library-move.ts";
import { anotherLibrary, SEALED } from "../sql/moving/refusals.ts";
import { putRows, removeRows, rowReader } from "../sql/moving/rows.ts";
import { movedTables } from "../sql/moving/tables.ts";
import { indexAllWords } from "../sql/moving/words.ts";
import { library } from "../sql/schema.ts";
import { openConnection } from "./connection.ts";
import type { SqliteStorage } from "./storage.ts";

const BUSY_TIMEOUT_MS = 20_000;
const EVENTS = ["insert", "update", "delete"] as const;

/** A library in a file, moved away while other processes serve it. */
export function sqliteMoveSource(storage: SqliteStorage): MoveSource {
  const { database } = storage;
  const { client } = database.writer;
  const write = (work: () => void) => database.write(async () => work());

  return {
    libraryId: storage.libraryId,
    watch: () => write(() => client.exec(WATCH)),
    async snapshot(work) {
      // A connection of its own: its transaction shows one moment, and holds nobody back.
      const snapshot = openConnection(database.file, { readonly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
      try {
        snapshot.client.exec("begin");
        return await work(rowReader(snapshot.db));
      } finally {
        snapshot.client.close();
      }
    },
    forget: (upTo) => write(() => client.prepare("delete from moving_changes where id <= ?").run(upTo)),
    async progress() {
      const rows = client
        .prepare<[], { table_name: string; last_key: string }>(
          "select table_name, last_key from moving_progress",
        )
        .all();
      return new Map(rows.map((row) => [row.table_name, JSON.parse(row.last_key) as Cells]));
    },
    setProgress: ({ name }, last) =>
      write(() =>
        client
          .prepare("insert or replace into moving_progress (table_name, last_key) values (?, ?)")
          .run(name, JSON.stringify(last)),
      ),
    hold: (work) =>
      database.write(async () => {
        if ((await work(rowReader(database.writer.db))) === "sealed") seal(client);
      }),
    release: () => write(() => client.exec(RELEASE)),
    close: () => storage.close(),
  };
}

/** The id of the library in a file, where it has people in it; the file is only read. */
export async function inhabitedLibrary(file: string): Promise<string | undefined> {
  const { client, db } = openConnection(file, { readonly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    const [found] = await db.values<[string]>(
      sql`select library_id from library where exists (select 1 from users)`,
    );
    return found?.[0];
  } finally {
    client.close();
  }
}

/** A new library in a file, into which another is moved. */
export function sqliteMoveTarget(storage: SqliteStorage): MoveTarget {
  const { database } = storage;
  const { db } = database.writer;
  return {
    async adopt(libraryId) {
      await database.write(async () => {
        const own = await db.select({ id: library.libraryId }).from(library).get();
        if (own?.id === libraryId) return;
        const [people] = await db.values<[number]>(sql`select count(*) from users`);
        if (people?.[0] !== 0) throw anotherLibrary();
        await db.update(library).set({ libraryId });
      });
    },
    snapshot: (work) => database.read(() => work(rowReader(database.reader.db))),
    put: (table, rows) => database.write(() => putRows(db, table, rows)),
    remove: (table, keys) => database.write(() => removeRows(db, table, keys)),
    async derive(onPrompt) {
      const tenantIds = await storage.directory.read((directory) => directory.tenantIds());
      await indexAllWords(tenantIds, (tenantId, work) => storage.tenant(tenantId).write(work), onPrompt);
    },
    close: () => storage.close(),
  };
}

function seal(client: Database.Database): void {
  const triggers = movedTables.flatMap(({ name }) =>
    EVENTS.map(
      (event) =>
        `create trigger "moving_seal_${name}_${event}" before ${event} on "${name}" begin select raise(abort, '${SEALED}'); end;`,
    ),
  );
  client.exec(triggers.join("\n"));
}

/** Notes the keys of rows that change. What a foreign key takes away is noted too. */
function watching({ name, key }: MovedTable): string {
  const keyIn = (row: "new" | "old") => `json_array(${key.map((column) => `${row}."${column}"`).join(", ")})`;
  const note = (row: "new" | "old") =>
    `insert into moving_changes (table_name, row_key) values ('${name}', ${keyIn(row)});`;
  return EVENTS.map((event) => {
    const notes = { insert: note("new"), update: `${note("old")} ${note("new")}`, delete: note("old") }[
      event
    ];
    return `create trigger if not exists "moving_watch_${name}_${event}" after ${event} on "${name}" begin ${notes} end;`;
  }).join("\n");
}

const WATCH = `
  create table if not exists moving_changes (id integer primary key autoincrement, table_name text not null, row_key text not null);
  create table if not exists moving_progress (table_name text primary key, last_key text not null);
  ${movedTables.map(watching).join("\n")}`;

const RELEASE = `
  ${movedTables
    .flatMap(({ name }) =>
      EVENTS.flatMap((event) => [
        `drop trigger if exists "moving_watch_${name}_${event}";`,
        `drop trigger if exists "moving_seal_${name}_${event}";`,
      ]),
    )
    .join("\n")}
  drop table if exists moving_changes;
  drop table if exists moving_progress;`;
