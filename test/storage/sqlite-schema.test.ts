import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import * as schema from "../../src/storage/sql/schema.ts";
import { openTemp } from "./temp-sqlite.ts";

const tables: [string, SQLiteTable][] = Object.values(schema).map((table) => [
  getTableConfig(table).name,
  table,
]);
/** What is not of one tenant. */
// oauth_records are of people who have yet to choose a tenant; what follows is about the whole library.
const GLOBAL = [
  "tenants",
  "users",
  "user_identities",
  "mails",
  "email_claims",
  "password_resets",
  "oauth_records",
  "library",
  "index_state",
  "index_holders",
];

describe("the SQLite schema", () => {
  it.each(tables)("has the table %s in the migrations as schema.ts has it", async (name, table) => {
    const { client } = (await openTemp()).database.reader;
    const declared = getTableConfig(table);
    const columns = client
      .prepare(
        'select name, lower(type) as type, "notnull" as required from pragma_table_info(?) order by name',
      )
      .all(name);
    expect(columns).toEqual(
      declared.columns
        .map((column) => ({ name: column.name, type: column.getSQLType(), required: Number(column.notNull) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
    const indexes = client
      .prepare("select name from pragma_index_list(?) where origin = 'c' order by name")
      .pluck()
      .all(name);
    expect(indexes).toEqual(declared.indexes.map((index) => index.config.name).sort());
    const references = client
      .prepare("select count(distinct id) from pragma_foreign_key_list(?)")
      .pluck()
      .get(name);
    expect(references).toBe(declared.foreignKeys.length);
  });

  it.each(tables)("makes %s STRICT, which drizzle-kit leaves to the hand", async (name) => {
    const { client } = (await openTemp()).database.reader;
    expect(client.prepare("select strict from pragma_table_list where name = ?").pluck().get(name)).toBe(1);
  });

  it.each(tables.filter(([name]) => !GLOBAL.includes(name)))(
    "has the tenant in the primary key of %s and in each of its references to a tenant's rows",
    async (name) => {
      const { client } = (await openTemp()).database.reader;
      const key = client.prepare("select name from pragma_table_info(?) where pk > 0").pluck().all(name);
      expect(key).toContain("tenant_id");
      const references = client
        .prepare<[string], { id: number; table: string; from: string; to: string }>(
          'select id, "table", "from", "to" from pragma_foreign_key_list(?)',
        )
        .all(name);
      for (const { id, table } of references.filter((reference) => !GLOBAL.includes(reference.table))) {
        const columns = references.filter((reference) => reference.id === id);
        expect(columns.map(({ from, to }) => [table, from, to])).toContainEqual([
          table,
          "tenant_id",
          "tenant_id",
        ]);
      }
    },
  );
});
