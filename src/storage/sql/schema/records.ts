import { foreignKey, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { AuditTarget } from "../../../domain/audit.ts";
import type { OnceCall } from "../../../domain/idempotency.ts";
import { time } from "./columns.ts";
import { memberships, tenants } from "./people.ts";

/** One row: what tells the library from others. Its migration writes it. */
export const library = sqliteTable("library", {
  id: integer("id").primaryKey(),
  libraryId: text("library_id").notNull(),
});

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
  webhooks: integer("webhooks"),
});
