import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import type { MovedTable } from "../../../domain/ports/library-move.ts";
import * as schema from "../schema.ts";

/**
 * What a move leaves: the id is taken on and not copied; vectors and who fills the index belong to the index; how much a tenant has is
 * counted by triggers.
 */
const LEFT = new Set(["library", "chunks", "index_holders", "tenant_usage"]);

const configs = (Object.values(schema) as readonly unknown[])
  .filter((value) => value instanceof SQLiteTable)
  .map(getTableConfig)
  .filter(({ name }) => !LEFT.has(name));

/** Every table that is moved, those that others refer to first. */
export const movedTables: readonly MovedTable[] = inOrder();

function inOrder(): MovedTable[] {
  const done = new Set<string>();
  const ordered: MovedTable[] = [];
  while (ordered.length < configs.length) {
    const next = configs.find(
      (config) => !done.has(config.name) && parentsOf(config).every((name) => done.has(name)),
    );
    if (next === undefined)
      throw new Error("Programming error: tables that refer to each other in a circle.");
    done.add(next.name);
    ordered.push(movedTable(next));
  }
  return ordered;
}

type TableConfig = (typeof configs)[number];

function parentsOf({ name: own, foreignKeys }: TableConfig): string[] {
  return foreignKeys
    .map((key) => getTableConfig(key.reference().foreignTable).name)
    .filter((name) => name !== own);
}

function movedTable({ name, columns, primaryKeys }: TableConfig): MovedTable {
  const joint = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
  const single = columns.filter(({ primary }) => primary).map((column) => column.name);
  return { name, columns: columns.map((column) => column.name), key: joint.length > 0 ? joint : single };
}
