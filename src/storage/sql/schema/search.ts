import { blob, foreignKey, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { IndexPhase } from "../../../domain/ports/index-state.ts";
import type { IndexStage } from "../../../domain/ports/outbox.ts";
import type { FoundPrompt } from "../../../domain/search-history.ts";
import { time } from "./columns.ts";
import { memberships, tenants } from "./people.ts";
import { prompts } from "./prompts.ts";

/** Prompts that the index has to hear of. Also of those that are gone: hence no reference to them. */
export const outbox = sqliteTable(
  "outbox",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    promptId: text("prompt_id").notNull(),
    stage: text("stage").$type<IndexStage>().notNull(),
    generation: integer("generation").notNull(),
    position: integer("position").notNull().default(0),
    attempts: integer("attempts").notNull(),
    dueAt: integer("due_at").notNull(),
    lastError: text("last_error"),
    enqueuedAt: integer("enqueued_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId] }),
    // In the order of claims; due_at rides along so that leased rows are passed over inside the index.
    index("outbox_by_stage").on(table.stage, table.enqueuedAt, table.dueAt),
    // To count a tenant's own, however long another's import keeps the queue.
    index("outbox_of_tenant").on(table.tenantId, table.stage, table.promptId),
  ],
);

/** Embedded pieces of prompts; `vector` is little-endian float32. */
export const chunks = sqliteTable(
  "chunks",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    position: integer("position").notNull(),
    total: integer("total").notNull().default(1),
    version: integer("version").notNull(),
    vector: blob("vector", { mode: "buffer" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.position] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
  ],
);

/** How the version of a prompt that the index holds was split: from where to where each chunk goes, in UTF-16 units of its content. */
export const splits = sqliteTable(
  "splits",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    version: integer("version").notNull(),
    spans: text("spans", { mode: "json" })
      .$type<readonly (readonly [start: number, end: number])[]>()
      .notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
  ],
);

/** Words that the tenant's prompts have, or had; without a rowid, which drizzle cannot say. */
export const vocabulary = sqliteTable(
  "vocabulary",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    word: text("word").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.word] })],
);

/** One row: which vectors the search index holds, and whether all of them are there. */
export const indexState = sqliteTable("index_state", {
  id: integer("id").primaryKey(),
  fingerprint: text("fingerprint").notNull(),
  phase: text("phase").$type<IndexPhase>().notNull(),
  revision: integer("revision").notNull().default(0),
  /** The holder that clears it. */
  clearedBy: text("cleared_by"),
});

/** Processes that fill the index, each until its hold expires. */
export const indexHolders = sqliteTable("index_holders", {
  id: text("id").primaryKey(),
  fingerprint: text("fingerprint").notNull(),
  expiresAt: time("expires_at").notNull(),
});

/** What members searched. It ends with the membership. */
export const searchHistory = sqliteTable(
  "search_history",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    userId: text("user_id").notNull(),
    at: time("at").notNull(),
    query: text("query").notNull(),
    filters: text("filters", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    hits: integer("hits").notNull(),
    top: text("top", { mode: "json" }).$type<readonly FoundPrompt[]>().notNull(),
    opened: text("opened", { mode: "json" }).$type<readonly (FoundPrompt & { at: number })[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    foreignKey({
      columns: [table.tenantId, table.userId],
      foreignColumns: [memberships.tenantId, memberships.userId],
    }).onDelete("cascade"),
    index("search_history_of_user").on(table.tenantId, table.userId, table.at, table.id),
    // To drop what is old and to count, for a whole tenant.
    index("search_history_by_time").on(table.tenantId, table.at),
  ],
);
