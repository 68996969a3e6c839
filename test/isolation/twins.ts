import type { Database } from "better-sqlite3";
import { expect } from "vitest";
import type { Storage, TenantStore } from "../../src/domain/ports/storage.ts";
import type { SqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { addWordsFunction } from "../../src/storage/sqlite/words-function.ts";
import { type TenantTable, tenantRows, tenantTables } from "./tables.ts";

/**
 * The queue belongs to no tenant: the indexer takes what is due of all. Its own contract has two tenants with the same
 * prompt.
 */
const OF_THE_SERVER = ["outbox"];

/** Added to numbers that no two rows of the whole library may share: before all others, as everything of a twin's. */
const BEFORE = -1_000_000_000;

/**
 * A storage in which each unit of work finds, beside its tenant, a twin of it: another tenant with a row for each of its
 * rows, under the same ids and names, different in all else, and before them in every order. Who forgets the tenant in a condition, of whatever
 * statement on whatever table, meets the twin's rows; and a twin that is not as it was afterwards fails the test.
 */
export function besideTwins(storage: SqliteStorage): Storage {
  const twins = preparedTwins(storage.database.writer.client);
  return {
    ...storage,
    tenant(tenantId) {
      const twin = twins(tenantId);
      const inTransaction = <T>(work: (store: TenantStore) => Promise<T>): Promise<T> =>
        storage.tenant(tenantId).write(async (store) => {
          twin.plant();
          const result = await work(store);
          twin.remove();
          return result;
        });
      return {
        // On the writer, since a twin is there for the length of a transaction: the statements are the same.
        read: inTransaction,
        write: (work) =>
          inTransaction(async (store) => {
            const before = twin.rows();
            const result = await work(store);
            expect(twin.rows()).toEqual(before);
            return result;
          }),
      };
    },
  };
}

/** The order in which a table is read whole. */
const ROWID: Column = { name: "rowid", inTwin: `rowid + ${BEFORE}` };

interface Column {
  readonly name: string;
  /** What stands in the twin's row for what is in the tenant's. */
  readonly inTwin: string;
}

function columnsOf(client: Database, { name: table, owner, hasRowid }: TenantTable): Column[] {
  const all = client.pragma(`table_info(${table})`) as { name: string; type: string; pk: number }[];
  const referring = client.pragma(`foreign_key_list(${table})`) as { from: string }[];
  const unique = (client.pragma(`index_list(${table})`) as { name: string; unique: number }[])
    .filter((index) => index.unique === 1)
    .map(({ name }) =>
      (client.pragma(`index_info(${name})`) as { name: string }[]).map((column) => column.name),
    );
  const global = new Set(unique.filter((columns) => !columns.includes(owner)).flat());
  const same = new Set([
    ...all.filter(({ pk }) => pk > 0).map(({ name }) => name),
    ...referring.map(({ from }) => from),
    ...unique.flat(),
  ]);
  const columns = all.map(({ name, type }) => {
    if (name === owner) return { name, inTwin: "@twin" };
    if (same.has(name) && !global.has(name)) return { name, inTwin: `"${name}"` };
    switch (type.toLowerCase()) {
      case "text":
        return { name, inTwin: `'twin ' || "${name}"` };
      case "integer":
        return { name, inTwin: `"${name}" + ${global.has(name) ? BEFORE : 1}` };
      default:
        return { name, inTwin: `"${name}"` };
    }
  });
  return hasRowid ? [ROWID, ...columns] : columns;
}

/** A twin goes without a trace, whatever a table says of its own rows. */
function allowDeletes(client: Database): void {
  const triggers = client
    .prepare<[], string>(
      "select name from sqlite_schema where type = 'trigger' and sql like '%before delete%'",
    )
    .pluck()
    .all();
  for (const trigger of triggers) client.exec(`drop trigger "${trigger}"`);
}

/** Prepares the statements once; gives the twin of any tenant. */
function preparedTwins(client: Database) {
  const tables = tenantTables(client).filter(({ name }) => !OF_THE_SERVER.includes(name));
  allowDeletes(client);
  const copies = tables.map((table) => {
    const { name, owner } = table;
    const columns = columnsOf(client, table);
    const names = columns.map((column) => `"${column.name}"`).join(", ");
    const values = columns.map(({ inTwin }) => inTwin).join(", ");
    // "or replace": a trigger may have written it already, for a row that was copied before.
    return client.prepare(
      `insert or replace into ${name} (${names}) select ${values} from ${name} where ${owner} = @tenantId`,
    );
  });
  // The words of both are the same: what counts or finds the twin's does so twice.
  addWordsFunction(client);
  const words = client.prepare(`
    insert into prompt_words (rowid, name, title, tags, description, content)
    select mine.seq + ${BEFORE}, words_of(@twin, mine.name), words_of(@twin, mine.title), words_of(@twin, mine.tags),
      words_of(@twin, mine.description), words_of(@twin, latest.content)
    from prompts mine join versions latest on latest.tenant_id = mine.tenant_id and latest.prompt_id = mine.id
      and latest.number = mine.latest_version
    where mine.tenant_id = @tenantId and mine.archived_at is null`);
  const rowsOf = tenantRows(client, tables);
  const selectWords = client.prepare("select rowid from prompt_words where rowid < 0 order by rowid");
  const deletes = [
    `delete from prompt_words where rowid in (select seq from prompts where tenant_id = @twin)`,
    ...tables.map(({ name, owner }) => `delete from ${name} where ${owner} = @twin`),
  ].map((statement) => client.prepare(statement));

  return (tenantId: string) => {
    const twin = `0-${tenantId}`;
    return {
      plant(): void {
        // Until the end of the transaction, when nothing is left of the twin.
        client.pragma("defer_foreign_keys = ON");
        for (const copy of copies) copy.run({ tenantId, twin });
        words.run({ tenantId, twin });
      },
      /** All that it has. */
      rows: () => [...rowsOf(twin), ...selectWords.all()],
      remove(): void {
        for (const statement of deletes) statement.run({ twin });
      },
    };
  };
}
