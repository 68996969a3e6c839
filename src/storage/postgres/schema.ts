import type { SQL } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  customType,
  foreignKey,
  index,
  type PgColumnBuilder,
  type PgColumnBuilderBase,
  type PgTableWithColumns,
  pgTable,
  primaryKey,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { getTableConfig, type SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import * as library from "../sql/schema.ts";

/**
 * The tables of PostgreSQL, derived from those that the statements are written for, so that the two cannot drift apart. Only
 * drizzle-kit reads them, to write migrations. A whole number is a bigint, times (ms since 1970) and yes or no (1, 0) too, since
 * that is what the statements send; a text is compared by its bytes, as SQLite does, so that lists come in the same order.
 */
const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** Vectors are kept in Qdrant. */
const LEFT_OUT = new Set(["chunks"]);
/** Where SQLite's rowid tells in which order rows were written. */
const IN_ORDER_OF_WRITING = new Set(["memberships", "outbox", "webhook_deliveries"]);

// biome-ignore lint/suspicious/noExplicitAny: tables whose columns are known when the program runs
type Table = PgTableWithColumns<any>;

const sources = (Object.values(library) as readonly unknown[])
  .filter((value) => value instanceof SQLiteTable)
  .map(getTableConfig)
  .filter(({ name }) => !LEFT_OUT.has(name));

const made = new Map<string, Table>();

function tableOf(source: (typeof sources)[number]): Table {
  const columns = Object.fromEntries(source.columns.map((column) => [column.name, columnOf(column)]));
  if (IN_ORDER_OF_WRITING.has(source.name)) {
    columns["rowid"] = bigint("rowid", { mode: "number" }).generatedAlwaysAsIdentity();
  }
  return pgTable(source.name, columns, (own) => {
    const named = (name: string): AnyPgColumn => own[name] as AnyPgColumn;
    return [
      ...source.primaryKeys.map((key) => {
        const [first, ...rest] = key.columns.map(({ name }) => named(name));
        return primaryKey({ columns: [first as AnyPgColumn, ...rest] });
      }),
      ...source.indexes.map(({ config }) => {
        const [first, ...rest] = config.columns.map((column) => named((column as SQLiteColumn).name));
        const on = (config.unique ? uniqueIndex : index)(config.name).on(first as AnyPgColumn, ...rest);
        return config.where === undefined ? on : on.where(config.where as SQL);
      }),
      ...source.foreignKeys.map((key) => {
        const { columns: from, foreignColumns, foreignTable } = key.reference();
        const target = made.get(getTableConfig(foreignTable).name);
        const [first, ...rest] = from.map(({ name }) => named(name));
        const [firstForeign, ...restForeign] = foreignColumns.map(
          ({ name }) => target?.[name] as AnyPgColumn,
        );
        const reference = foreignKey({
          columns: [first as AnyPgColumn, ...rest],
          foreignColumns: [firstForeign as AnyPgColumn, ...restForeign],
        });
        return key.onDelete === undefined ? reference : reference.onDelete(key.onDelete);
      }),
    ];
  });
}

function columnOf(column: SQLiteColumn): PgColumnBuilderBase {
  const isNumber = column.getSQLType() === "integer";
  const made = isNumber ? bigint(column.name, { mode: "number" }) : text(column.name);
  if (column.notNull) made.notNull();
  if (column.primary) made.primaryKey();
  if (column.default !== undefined)
    (made as PgColumnBuilder).default(column.mapToDriverValue(column.default));
  return made;
}

for (const source of sources) made.set(source.name, tableOf(source));

/** drizzle-kit takes every export for a table. */
export const {
  api_keys,
  audit_heads,
  audit_log,
  client_grants,
  departures,
  email_claims,
  favourites,
  includes,
  index_holders,
  index_state,
  invitations,
  label_moves,
  labels,
  library: libraryTable,
  mails,
  memberships,
  oauth_records,
  once_calls,
  outbox,
  password_resets,
  prompt_redirects,
  prompt_tags,
  prompt_uses,
  prompts,
  review_decisions,
  reviews,
  search_history,
  sessions,
  splits,
  tenant_quotas,
  tenant_usage,
  tenants,
  user_identities,
  users,
  versions,
  vocabulary,
  webhook_deliveries,
  webhooks,
} = Object.fromEntries(made) as Record<string, Table>;
