import { eq, getTableColumns, type Placeholder, type SQL, sql } from "drizzle-orm";
import type { Delivery, Webhook } from "../../domain/webhooks.ts";
import type { SqlConnection } from "./connection.ts";
import { apiKeys, users, webhookDeliveries, webhooks } from "./schema.ts";

const { tenantId: _webhooksTenant, dueAt: _due, busyUntil: _busy, ...ownColumns } = getTableColumns(webhooks);
const { tenantId: _deliveriesTenant, ...deliveryColumns } = getTableColumns(webhookDeliveries);

/** What a `Webhook` is read from. */
export const webhookColumns = ownColumns;

type WebhookRow = Omit<typeof webhooks.$inferSelect, "tenantId" | "dueAt" | "busyUntil">;
type DeliveryRow = Omit<typeof webhookDeliveries.$inferSelect, "tenantId">;

/** Deliveries with the names of those who did what they tell of. */
export const selectDeliveries = ({ db }: SqlConnection) =>
  db
    .select({ row: deliveryColumns, username: users.username })
    .from(webhookDeliveries)
    .leftJoin(users, eq(users.id, webhookDeliveries.actorId));

export function toWebhook(row: WebhookRow): Webhook {
  const { retiringSecret, retiringUntil, offAt, offReason, ...webhook } = row;
  return {
    ...webhook,
    events: row.events ?? undefined,
    label: row.label ?? undefined,
    folder: row.folder ?? undefined,
    keyId: row.keyId ?? undefined,
    failingSince: row.failingSince ?? undefined,
    retiring:
      retiringSecret === null || retiringUntil === null
        ? undefined
        : { secret: retiringSecret, until: retiringUntil },
    off: offAt === null ? undefined : { at: offAt, reason: offReason ?? "" },
  };
}

export function webhookRow({ retiring, off, ...webhook }: Webhook): WebhookRow {
  return {
    ...webhook,
    events: webhook.events ?? null,
    label: webhook.label ?? null,
    folder: webhook.folder ?? null,
    keyId: webhook.keyId ?? null,
    failingSince: webhook.failingSince ?? null,
    retiringSecret: retiring?.secret ?? null,
    retiringUntil: retiring?.until ?? null,
    offAt: off?.at ?? null,
    offReason: off?.reason ?? null,
  };
}

export function toDelivery({
  row,
  username,
}: {
  readonly row: DeliveryRow;
  readonly username: string | null;
}): Delivery {
  const { eventId, type, happenedAt, actorId, facts, attemptedAt, milliseconds, status, failure, answer } =
    row;
  const actor = actorId === null || username === null ? undefined : { id: actorId, username };
  return {
    id: row.id,
    webhookId: row.webhookId,
    event: { id: eventId, type, at: happenedAt, actor, facts },
    state: row.state,
    createdAt: row.createdAt,
    dueAt: row.dueAt ?? undefined,
    attempts: row.attempts,
    last:
      attemptedAt === null
        ? undefined
        : {
            at: attemptedAt,
            milliseconds: milliseconds ?? 0,
            status: status ?? undefined,
            failure: failure ?? undefined,
            answer: answer ?? "",
          },
  };
}

export function deliveryRow({ event, last, ...delivery }: Delivery): DeliveryRow {
  return {
    ...delivery,
    dueAt: delivery.dueAt ?? null,
    eventId: event.id,
    type: event.type,
    happenedAt: event.at,
    actorId: event.actor?.id ?? null,
    facts: event.facts,
    ...attemptRow(last),
  };
}

export function attemptRow(last: Delivery["last"]) {
  return {
    attemptedAt: last?.at ?? null,
    milliseconds: last?.milliseconds ?? null,
    status: last?.status ?? null,
    failure: last?.failure ?? null,
    answer: last?.answer ?? null,
  };
}

/** Whether the key that made a webhook, if one did, is neither revoked nor gone nor expired. */
export function hasGoodKey(at: Date | Placeholder): SQL {
  const now = at instanceof Date ? at.getTime() : at;
  return sql`(${webhooks.keyId} is null or exists (
    select 1 from ${apiKeys} where ${apiKeys.tenantId} = ${webhooks.tenantId} and ${apiKeys.id} = ${webhooks.keyId}
      and ${apiKeys.revokedAt} is null and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > ${now})
  ))`;
}

/** When the first delivery of the webhook of a row is due, of those that wait. */
export const firstDue = sql`(
  select min(due_at) from webhook_deliveries waiting
  where waiting.tenant_id = webhooks.tenant_id and waiting.webhook_id = webhooks.id and waiting.state = 'waiting'
)`;
