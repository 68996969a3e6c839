import type { Database } from "better-sqlite3";
import type { Library } from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";

export interface TenantTable {
  readonly name: string;
  /** The column that says whose a row is. */
  readonly owner: "id" | "tenant_id";
  readonly hasRowid: boolean;
}

/** The tenants and every table with a tenant_id, as the schema has them now. */
export function tenantTables(client: Database): TenantTable[] {
  const tables = client.pragma("table_list") as { name: string; type: string; wr: number }[];
  return tables
    .filter(({ type }) => type === "table")
    .map(({ name, wr }): TenantTable => {
      return { name, owner: name === "tenants" ? "id" : "tenant_id", hasRowid: wr === 0 };
    })
    .filter(({ name, owner }) => columnNames(client, name).includes(owner));
}

function columnNames(client: Database, table: string): string[] {
  return (client.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
}

/** Prepares the statements once; gives all rows of any tenant, each as text. */
export function tenantRows(client: Database, tables = tenantTables(client)): (tenantId: string) => string[] {
  const selects = tables.map(({ name, owner }) =>
    client.prepare(`select '${name}' as "table", * from ${name} where ${owner} = ?`),
  );
  return (tenantId) =>
    selects.flatMap((select) => select.all(tenantId).map((row) => JSON.stringify(row))).toSorted();
}

/** What is stored for tenants, read again and again. */
export interface TenantWorlds {
  /** All that is stored for a tenant, in whatever table, as text. */
  of(tenantId: string): Promise<string>;
  close(): Promise<void>;
}

export async function openTenantWorlds(library: Library): Promise<TenantWorlds> {
  const database = await rawDatabase(library);
  const columns = new Map<string, string>();
  for (const table of await database.tables()) {
    const column = table === "tenants" ? "id" : "tenant_id";
    if ((await database.columns(table)).includes(column)) columns.set(table, column);
  }
  return {
    async of(value) {
      const rowsOf = async ([table, column]: [string, string]) =>
        (await database.rows(table, { column, value })).map((row) => JSON.stringify({ table, ...row }));
      return (await Promise.all([...columns].map(rowsOf))).flat().toSorted().join("\n");
    },
    close: () => database.close(),
  };
}
