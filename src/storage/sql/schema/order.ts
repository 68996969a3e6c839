import { foreignKey, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { time } from "./columns.ts";
import { memberships } from "./people.ts";
import { prompts } from "./prompts.ts";

/** Names that prompts had, which still lead to them. */
export const promptRedirects = sqliteTable(
  "prompt_redirects",
  {
    tenantId: text("tenant_id").notNull(),
    name: text("name").notNull(),
    promptId: text("prompt_id").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.name] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
    index("prompt_redirects_of_prompt").on(table.tenantId, table.promptId, table.name),
  ],
);

/** The prompts that a member has pinned. They end with the membership. */
export const favourites = sqliteTable(
  "favourites",
  {
    tenantId: text("tenant_id").notNull(),
    userId: text("user_id").notNull(),
    promptId: text("prompt_id").notNull(),
    pinnedAt: time("pinned_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.userId, table.promptId] }),
    foreignKey({
      columns: [table.tenantId, table.userId],
      foreignColumns: [memberships.tenantId, memberships.userId],
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
    index("favourites_of_prompt").on(table.tenantId, table.promptId),
  ],
);

/** How often each version was read and rendered on a day (UTC, as 2025-01-31), by the label that it was asked by; empty: by none. */
export const promptUses = sqliteTable(
  "prompt_uses",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    day: text("day").notNull(),
    version: integer("version").notNull(),
    label: text("label").notNull(),
    renders: integer("renders").notNull(),
    reads: integer("reads").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.day, table.version, table.label] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
    // Of a whole tenant, over some days; the counts ride along.
    index("prompt_uses_by_day").on(table.tenantId, table.day, table.promptId, table.renders, table.reads),
  ],
);
