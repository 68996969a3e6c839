import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { DEFAULT_PROTECTED_LABELS } from "../../../domain/labels.ts";
import type { MailKind } from "../../../domain/mail.ts";
import type { Role } from "../../../domain/roles.ts";
import { time } from "./columns.ts";

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
    /** The API key that made it, and with which it ends; without a reference, since a key that is gone has ended. */
    keyId: text("key_id"),
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

/** Addresses that people say are theirs, until a code that was mailed there comes back; one for each person. */
export const emailClaims = sqliteTable(
  "email_claims",
  {
    userId: text("user_id")
      .primaryKey()
      .references(() => users.id, { onDelete: "cascade" }),
    email: text("email").notNull(),
    /** None until the mail is sent. */
    secretHash: text("secret_hash"),
    expiresAt: time("expires_at").notNull(),
  },
  (table) => [uniqueIndex("email_claims_secret_hash").on(table.secretHash)],
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
