import { sql } from "drizzle-orm";
import { foreignKey, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { EventFacts, EventType, SentType } from "../../../domain/webhook-events.ts";
import type { DeliveryState } from "../../../domain/webhooks.ts";
import { time } from "./columns.ts";
import { tenants, users } from "./people.ts";

export const webhooks = sqliteTable(
  "webhooks",
  {
    tenantId: text("tenant_id")
      .notNull()
      .references(() => tenants.id, { onDelete: "cascade" }),
    id: text("id").notNull(),
    url: text("url").notNull(),
    description: text("description").notNull(),
    events: text("events", { mode: "json" }).$type<readonly EventType[]>(),
    label: text("label"),
    folder: text("folder"),
    /** Sealed with a key that is not in the database. */
    secret: text("secret").notNull(),
    retiringSecret: text("retiring_secret"),
    retiringUntil: time("retiring_until"),
    createdById: text("created_by")
      .notNull()
      .references(() => users.id),
    /** The API key that made it, and with which it ends; without a reference, since a key that is gone has ended. */
    keyId: text("key_id"),
    createdAt: time("created_at").notNull(),
    offAt: time("off_at"),
    offReason: text("off_reason"),
    failures: integer("failures").notNull().default(0),
    failingSince: time("failing_since"),
    /** When the first of its deliveries is due that wait; null when none does. */
    dueAt: time("due_at"),
    /** Until then somebody is at work on one of them. */
    busyUntil: time("busy_until"),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index("webhooks_due").on(table.dueAt).where(sql`due_at is not null and off_at is null`),
  ],
);

/** What is to be delivered, written with the change that it tells of, and what became of it. */
export const webhookDeliveries = sqliteTable(
  "webhook_deliveries",
  {
    tenantId: text("tenant_id").notNull(),
    id: text("id").notNull(),
    webhookId: text("webhook_id").notNull(),
    eventId: text("event_id").notNull(),
    type: text("type").$type<SentType>().notNull(),
    happenedAt: time("happened_at").notNull(),
    /** Without a reference: somebody who is forgotten is shown as such, and the event stays. */
    actorId: text("actor_id"),
    facts: text("facts", { mode: "json" }).$type<EventFacts>().notNull(),
    state: text("state").$type<DeliveryState>().notNull(),
    createdAt: time("created_at").notNull(),
    dueAt: time("due_at"),
    attempts: integer("attempts").notNull().default(0),
    attemptedAt: time("attempted_at"),
    milliseconds: integer("milliseconds"),
    status: integer("status"),
    failure: text("failure"),
    answer: text("answer"),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    foreignKey({
      columns: [table.tenantId, table.webhookId],
      foreignColumns: [webhooks.tenantId, webhooks.id],
    }).onDelete("cascade"),
    // The queue of each webhook.
    index("webhook_deliveries_waiting")
      .on(table.tenantId, table.webhookId, table.dueAt)
      .where(sql`state = 'waiting'`),
    // Its log.
    index("webhook_deliveries_log").on(table.tenantId, table.webhookId, table.createdAt, table.id),
    // To forget what is old.
    index("webhook_deliveries_by_time").on(table.createdAt),
  ],
);
