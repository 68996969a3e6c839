import { sql } from "drizzle-orm";
import {
  blob,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import type { AuditTarget } from "../../domain/audit.ts";
import type { OnceCall } from "../../domain/idempotency.ts";
import { DEFAULT_PROTECTED_LABELS, type LabelMoveKind } from "../../domain/labels.ts";
import type { MailKind } from "../../domain/mail.ts";
import type { IndexPhase } from "../../domain/ports/index-state.ts";
import type { IndexStage } from "../../domain/ports/storage.ts";
import type { Decision, ReviewStatus } from "../../domain/reviews.ts";
import type { Role, Scope } from "../../domain/roles.ts";
import type { FoundPrompt } from "../../domain/search-history.ts";
import type { PromptArgument } from "../../domain/template.ts";

/**
 * The tables. What belongs to a tenant has tenant_id in its primary key and in every foreign key, so
 * that a row that points into another tenant cannot be written. Times are milliseconds since 1970.
 * Beside these there is the full-text table `prompt_words`, which drizzle cannot describe: see its migration.
 */

const time = (column: string) => integer(column, { mode: "timestamp_ms" });
const tags = () => text("tags", { mode: "json" }).$type<readonly string[]>().notNull();
const promptArguments = () =>
  text("arguments", { mode: "json" }).$type<readonly PromptArgument[]>().notNull();

export const tenants = sqliteTable("tenants", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** When a tenant that is being deleted is gone. */
  endsAt: time("ends_at"),
  /** Labels that only an admin may move. */
  protectedLabels: text("protected_labels", { mode: "json" })
    .$type<readonly string[]>()
    .notNull()
    .default(DEFAULT_PROTECTED_LABELS),
  /** How many people have to approve a version. */
  approvals: integer("approvals").notNull().default(1),
  /** Whether protected labels may only point to approved versions. */
  protectedNeedApproval: integer("protected_need_approval", { mode: "boolean" }).notNull().default(false),
  createdAt: time("created_at").notNull(),
});

/** People are global: one may be a member of several tenants. */
export const users = sqliteTable(
  "users",
  {
    id: text("id").primaryKey(),
    username: text("username").notNull(),
    /** Empty for who has no password. */
    passwordHash: text("password_hash").notNull(),
    /** Only one that was shown to be the person's: a code was mailed there, and used. */
    email: text("email"),
    createdAt: time("created_at").notNull(),
  },
  (table) => [uniqueIndex("users_username").on(table.username), uniqueIndex("users_email").on(table.email)],
);

/** Codes with which somebody who forgot their password sets another; one for each person. */
export const passwordResets = sqliteTable(
  "password_resets",
  {
    userId: text("user_id")
      .primaryKey()
      .references(() => users.id, { onDelete: "cascade" }),
    secretHash: text("secret_hash").notNull(),
    expiresAt: time("expires_at").notNull(),
    /** Whether the code went to the person's address, rather than by the operator's hand. */
    mailed: integer("mailed", { mode: "boolean" }).notNull(),
  },
  (table) => [uniqueIndex("password_resets_secret_hash").on(table.secretHash)],
);

/** Mails that are still to be sent. They name what they are about, and hold no code: that is made when they are sent. */
export const mails = sqliteTable(
  "mails",
  {
    id: text("id").primaryKey(),
    kind: text("kind").$type<MailKind>().notNull(),
    /** Of what it is about, where that is a tenant's. */
    tenantId: text("tenant_id").references(() => tenants.id, { onDelete: "cascade" }),
    about: text("about").notNull(),
    attempts: integer("attempts").notNull().default(0),
    dueAt: time("due_at").notNull(),
    expiresAt: time("expires_at").notNull(),
    lastError: text("last_error"),
  },
  (table) => [uniqueIndex("mails_about").on(table.kind, table.about), index("mails_due").on(table.dueAt)],
);

/** Who people are at identity providers outside. Global, as people are. */
export const userIdentities = sqliteTable(
  "user_identities",
  {
    issuer: text("issuer").notNull(),
    subject: text("subject").notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    heardAt: time("heard_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.subject] }),
    index("user_identities_of_user").on(table.userId, table.issuer),
  ],
);

/** Who was a member and is no more: they come back by an invitation, and not by themselves. */
export const departures = sqliteTable(
  "departures",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    at: time("at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.userId] }),
    index("departures_of_user").on(table.userId),
  ],
);

export const memberships = sqliteTable(
  "memberships",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role").$type<Role>().notNull(),
    createdAt: time("created_at").notNull(),
    /** Whether the member's searches are kept. */
    searchHistory: integer("search_history", { mode: "boolean" }).notNull().default(true),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.userId] }),
    index("memberships_of_user").on(table.userId, table.createdAt),
  ],
);

/** Open ones ask somebody in; the others are kept, so that a code is never taken twice. */
export const invitations = sqliteTable(
  "invitations",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    id: text("id").notNull(),
    role: text("role").$type<Role>().notNull(),
    email: text("email"),
    inviterId: text("inviter_id")
      .notNull()
      .references(() => users.id),
    secretHash: text("secret_hash").notNull(),
    /** Whether nobody has its code but the mailbox of its address. */
    mailed: integer("mailed", { mode: "boolean" }).notNull().default(false),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at").notNull(),
    acceptedAt: time("accepted_at"),
    acceptedBy: text("accepted_by").references(() => users.id),
    revokedAt: time("revoked_at"),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex("invitations_secret_hash").on(table.secretHash),
    index("invitations_open")
      .on(table.tenantId, table.createdAt, table.id)
      .where(sql`accepted_at is null and revoked_at is null`),
  ],
);

export const apiKeys = sqliteTable(
  "api_keys",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    userId: text("user_id").notNull(),
    madeBy: text("made_by"),
    name: text("name").notNull(),
    secretHash: text("secret_hash").notNull(),
    prefix: text("prefix").notNull(),
    ceiling: text("ceiling").$type<Role>().notNull(),
    /** All that the ceiling allows where there are none. */
    scopes: text("scopes", { mode: "json" }).$type<readonly Scope[]>(),
    agent: integer("agent", { mode: "boolean" }).notNull().default(false),
    /** The secret before the last rotation, and until when it is good. */
    retiringHash: text("retiring_hash"),
    retiringUntil: time("retiring_until"),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at"),
    lastUsedAt: time("last_used_at"),
    revokedAt: time("revoked_at"),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    // A key ends with its owner's membership.
    foreignKey({
      columns: [table.tenantId, table.userId],
      foreignColumns: [memberships.tenantId, memberships.userId],
    }).onDelete("cascade"),
    // And with the key that made it.
    foreignKey({
      columns: [table.tenantId, table.madeBy],
      foreignColumns: [table.tenantId, table.id],
    }).onDelete("cascade"),
    uniqueIndex("api_keys_secret_hash").on(table.secretHash),
    uniqueIndex("api_keys_retiring_hash").on(table.retiringHash),
    index("api_keys_by_time").on(table.tenantId, table.createdAt, table.id),
    index("api_keys_of_user").on(table.tenantId, table.userId, table.createdAt),
    index("api_keys_made_by").on(table.tenantId, table.madeBy).where(sql`made_by is not null`),
  ],
);

/** Sign-ins of people. One ends with the membership that it acts for. */
export const sessions = sqliteTable(
  "sessions",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    userId: text("user_id").notNull(),
    /** What all refresh tokens of the session have in common, and the whole of the one that is good; both hashed. */
    familyHash: text("family_hash"),
    refreshHash: text("refresh_hash"),
    address: text("address"),
    createdAt: time("created_at").notNull(),
    lastUsedAt: time("last_used_at").notNull(),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    foreignKey({
      columns: [table.tenantId, table.userId],
      foreignColumns: [memberships.tenantId, memberships.userId],
    }).onDelete("cascade"),
    uniqueIndex("sessions_family").on(table.familyHash),
    index("sessions_of_user").on(table.userId, table.lastUsedAt),
    // For the end of a membership.
    index("sessions_of_member").on(table.tenantId, table.userId),
  ],
);

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
    uniqueIndex("prompts_name").on(table.tenantId, table.name),
    index("prompts_live").on(table.tenantId, table.id).where(sql`archived_at is null`),
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

export const outbox = sqliteTable(
  "outbox",
  {
    tenantId: text("tenant_id").notNull(),
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
    foreignKey({
      columns: [table.tenantId, table.promptId],
      foreignColumns: [prompts.tenantId, prompts.id],
    }).onDelete("cascade"),
    // In the order of claims; due_at rides along so that leased rows are passed over inside the index.
    index("outbox_by_stage").on(table.stage, table.enqueuedAt, table.dueAt),
    // To count a tenant's own, however long another's import keeps the queue.
    index("outbox_of_tenant").on(table.tenantId, table.stage, table.promptId),
  ],
);

/** Embedded pieces of prompts; `vector` is little-endian float32. The spans are UTF-16 offsets into the version's content. */
export const chunks = sqliteTable(
  "chunks",
  {
    tenantId: text("tenant_id").notNull(),
    promptId: text("prompt_id").notNull(),
    position: integer("position").notNull(),
    total: integer("total").notNull().default(1),
    version: integer("version").notNull(),
    start: integer("start").notNull(),
    end: integer("end").notNull(),
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

/**
 * Who changed what. Triggers refuse to change a row, and to delete one as long as its tenant is there. A deleted user's
 * rows stay: there is no reference to `users`.
 */
export const auditLog = sqliteTable(
  "audit_log",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    at: time("at").notNull(),
    operation: text("operation").notNull(),
    userId: text("user_id"),
    keyId: text("key_id"),
    targetKind: text("target_kind").notNull(),
    targetId: text("target_id").notNull(),
    targetName: text("target_name"),
    details: text("details").notNull(),
    requestId: text("request_id").notNull(),
    previousHash: text("previous_hash").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.number] }),
    index("audit_log_by_user").on(table.tenantId, table.userId, table.number),
    index("audit_log_by_target").on(table.tenantId, table.targetId, table.number),
    index("audit_log_by_operation").on(table.tenantId, table.operation, table.number),
  ],
);

/** Where each tenant's audit ends: kept apart from it, so that a cut end is noticed. */
export const auditHeads = sqliteTable("audit_heads", {
  tenantId: text("tenant_id")
    .primaryKey()
    .references(() => tenants.id, { onDelete: "cascade" }),
  number: integer("number").notNull(),
  hash: text("hash").notNull(),
});

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

/** One row: what tells the library from others. Its migration writes it. */
export const library = sqliteTable("library", {
  id: integer("id").primaryKey(),
  libraryId: text("library_id").notNull(),
});

/** Calls that were asked to be done once; they end with the membership. Of the key only a hash is kept. */
export const onceCalls = sqliteTable(
  "once_calls",
  {
    tenantId: text("tenant_id").notNull(),
    userId: text("user_id").notNull(),
    keyHash: text("key_hash").notNull(),
    attempt: text("attempt").notNull(),
    fingerprint: text("fingerprint").notNull(),
    state: text("state").$type<OnceCall["state"]>().notNull(),
    startedAt: time("started_at").notNull(),
    expiresAt: time("expires_at").notNull(),
    target: text("target", { mode: "json" }).$type<AuditTarget>(),
    answer: text("answer"),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.userId, table.keyHash] }),
    foreignKey({
      columns: [table.tenantId, table.userId],
      foreignColumns: [memberships.tenantId, memberships.userId],
    }).onDelete("cascade"),
    index("once_calls_by_expiry").on(table.tenantId, table.expiresAt),
  ],
);

/** What each tenant has: counted by triggers (see their migration) as prompts and versions come and go. */
export const tenantUsage = sqliteTable("tenant_usage", {
  tenantId: text("tenant_id")
    .primaryKey()
    .references(() => tenants.id, { onDelete: "cascade" }),
  prompts: integer("prompts").notNull().default(0),
  versions: integer("versions").notNull().default(0),
  /** UTF-8 of the text of all versions. */
  storageBytes: integer("storage_bytes").notNull().default(0),
});

/** What single tenants may have, where it is something else than the server's settings say. */
export const tenantQuotas = sqliteTable("tenant_quotas", {
  tenantId: text("tenant_id")
    .primaryKey()
    .references(() => tenants.id, { onDelete: "cascade" }),
  prompts: integer("prompts"),
  versions: integer("versions"),
  storageBytes: integer("storage_bytes"),
  members: integer("members"),
});

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

/**
 * What the authorization server keeps: clients, grants, codes, refresh tokens, sessions of browsers. Of no tenant: a
 * person signs in before they choose one.
 */
export const oauthRecords = sqliteTable(
  "oauth_records",
  {
    kind: text("kind").notNull(),
    id: text("id").notNull(),
    payload: text("payload", { mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    userId: text("user_id").references(() => users.id, { onDelete: "cascade" }),
    clientId: text("client_id"),
    grantId: text("grant_id"),
    uid: text("uid"),
    consumedAt: time("consumed_at"),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.kind, table.id] }),
    // Not unique: of two requests of one browser at once, each renews its session.
    index("oauth_records_uid").on(table.kind, table.uid).where(sql`uid is not null`),
    index("oauth_records_of_grant").on(table.grantId).where(sql`grant_id is not null`),
    index("oauth_records_of_user").on(table.userId).where(sql`user_id is not null`),
    index("oauth_records_by_expiry").on(table.expiresAt),
  ],
);

/** In which tenant a grant lets its client act, and for whom. It ends with the membership. */
export const clientGrants = sqliteTable(
  "client_grants",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    userId: text("user_id").notNull(),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    foreignKey({
      columns: [table.tenantId, table.userId],
      foreignColumns: [memberships.tenantId, memberships.userId],
    }).onDelete("cascade"),
    // A token names its grant alone.
    uniqueIndex("client_grants_id").on(table.id),
    index("client_grants_of_user").on(table.userId),
    index("client_grants_by_expiry").on(table.expiresAt),
  ],
);
