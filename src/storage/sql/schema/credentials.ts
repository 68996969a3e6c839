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
import type { Role, Scope } from "../../../domain/roles.ts";
import { time } from "./columns.ts";
import { memberships, users } from "./people.ts";

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
    /** The client, as it called itself, and what it may do; none where that was allowed before it was kept. */
    clientId: text("client_id"),
    clientName: text("client_name"),
    scopes: text("scopes", { mode: "json" }).$type<readonly Scope[]>(),
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
