import { sql } from "drizzle-orm";
import {
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { ChatEntry } from "../../../domain/chat.ts";
import type { InputSchema } from "../../../domain/input-schema.ts";
import type { LabelMoveKind } from "../../../domain/labels.ts";
import type { ModelConfig } from "../../../domain/model-config.ts";
import type { Decision, ReviewStatus } from "../../../domain/reviews.ts";
import { promptArguments, tags, time } from "./columns.ts";
import { tenants, users } from "./people.ts";

export const prompts = sqliteTable(
  "prompts",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    id: text("id").notNull(),
    /** The prompt's rowid in the full-text table. A column of its own, since VACUUM may renumber hidden rowids. */
    seq: integer("seq").notNull(),
    name: text("name").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    tags: tags(),
    arguments: promptArguments(),
    latestVersion: integer("latest_version").notNull(),
    // To the user, not the membership: an author may leave the tenant and stays the author.
    authorId: text("author_id")
      .notNull()
      .references(() => users.id),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
    archivedAt: time("archived_at"),
    /** Counts the changes that the outbox was told of. Kept here so that it goes on counting when the outbox row is gone. */
    indexGeneration: integer("index_generation").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("prompts_seq").on(table.seq),
    index("prompts_live_by_seq").on(table.seq, table.tenantId, table.id).where(sql`archived_at is null`),
    uniqueIndex("prompts_name").on(table.tenantId, table.name),
    index("prompts_live").on(table.tenantId, table.id, table.seq).where(sql`archived_at is null`),
    index("prompts_archived").on(table.tenantId, table.id).where(sql`archived_at is not null`),
    index("prompts_by_created_at")
      .on(table.tenantId, table.createdAt, table.id)
      .where(sql`archived_at is null`),
    index("prompts_by_updated_at")
      .on(table.tenantId, table.updatedAt, table.id)
      .where(sql`archived_at is null`),
  ],
);

export const versions = sqliteTable(
  "versions",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    number: integer("number").notNull(),
    title: text("title").notNull(),
    description: text("description").notNull(),
    tags: tags(),
    content: text("content").notNull(),
    arguments: promptArguments(),
    /** Of a chat prompt; `content` is then what is made of them to search by. */
    messages: text("messages", { mode: "json" }).$type<readonly ChatEntry[]>(),
    /** As its author gave it; without one the arguments are the template's. */
    inputSchema: text("input_schema", { mode: "json" }).$type<InputSchema>(),
    config: text("config", { mode: "json" }).$type<ModelConfig>(),
    contentHash: text("content_hash").notNull(),
    authorId: text("author_id")
      .notNull()
      .references(() => users.id),
    changeNote: text("change_note").notNull(),
    createdAt: time("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.number] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
  ],
);

/** What versions include, one a row: to know who is met by a change. */
export const includes = sqliteTable(
  "includes",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    version: integer("version").notNull(),
    /** A name and not an id: what is included may come later, and another may take its name. */
    target: text("target").notNull(),
    /** A label, `latest`, or the number of a version: labels begin with a letter. */
    at: text("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.version, table.target, table.at] }),
    foreignKey({
      columns: [table.tenantId, table.promptId, table.version],
      foreignColumns: [versions.tenantId, versions.promptId, versions.number],
    }).onDelete("cascade"),
    index("includes_by_target").on(table.tenantId, table.target, table.promptId, table.version),
  ],
);

/** The tags of the latest version, one a row, to filter by. */
export const promptTags = sqliteTable(
  "prompt_tags",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    tag: text("tag").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.tag] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
    index("prompt_tags_by_tag").on(table.tenantId, table.tag, table.promptId),
  ],
);

/** Where a prompt's labels point to. */
export const labels = sqliteTable(
  "labels",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    label: text("label").notNull(),
    version: integer("version").notNull(),
    /** The move that set it where it is: what a rollback goes back behind. */
    move: integer("move").notNull(),
    updatedById: text("updated_by")
      .notNull()
      .references(() => users.id),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.label] }),
    foreignKey({
      columns: [table.tenantId, table.promptId, table.version],
      foreignColumns: [versions.tenantId, versions.promptId, versions.number],
    }).onDelete("cascade"),
    index("labels_by_label").on(table.tenantId, table.label, table.promptId),
  ],
);

/** Every move that a label ever made, numbered from 1 for each prompt and label. */
export const labelMoves = sqliteTable(
  "label_moves",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    label: text("label").notNull(),
    number: integer("number").notNull(),
    kind: text("kind").$type<LabelMoveKind>().notNull(),
    fromVersion: integer("from_version"),
    toVersion: integer("to_version"),
    /** Of a label that was set: the move that had set it before, where a rollback leads to. */
    previous: integer("previous"),
    reason: text("reason").notNull(),
    movedById: text("moved_by")
      .notNull()
      .references(() => users.id),
    movedAt: time("moved_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.label, table.number] }),
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
  ],
);

/** Versions that were put before reviewers. */
export const reviews = sqliteTable(
  "reviews",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    version: integer("version").notNull(),
    status: text("status").$type<ReviewStatus>().notNull(),
    note: text("note").notNull(),
    submittedById: text("submitted_by")
      .notNull()
      .references(() => users.id),
    submittedAt: time("submitted_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.version] }),
    foreignKey({
      columns: [table.tenantId, table.promptId, table.version],
      foreignColumns: [versions.tenantId, versions.promptId, versions.number],
    }).onDelete("cascade"),
    // The queue in its order, as a whole and of one status.
    index("reviews_by_time").on(table.tenantId, table.submittedAt, table.promptId, table.version),
    index("reviews_by_status").on(
      table.tenantId,
      table.status,
      table.submittedAt,
      table.promptId,
      table.version,
    ),
  ],
);

/** What reviewers said of a version, numbered from 1. */
export const reviewDecisions = sqliteTable(
  "review_decisions",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    version: integer("version").notNull(),
    number: integer("number").notNull(),
    decision: text("decision").$type<Decision>().notNull(),
    comment: text("comment").notNull(),
    reviewerId: text("reviewer")
      .notNull()
      .references(() => users.id),
    decidedAt: time("decided_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.promptId, table.version, table.number] }),
    foreignKey({
      columns: [table.tenantId, table.promptId, table.version],
      foreignColumns: [reviews.tenantId, reviews.promptId, reviews.version],
    }).onDelete("cascade"),
  ],
);
