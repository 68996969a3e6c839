import { and, desc, eq, isNull, lt, or, sql } from "drizzle-orm";
import type { WebhookStore } from "../../domain/ports/webhooks.ts";
import type { SqliteConnection } from "./connection.ts";
import { users, webhookDeliveries, webhooks } from "./schema.ts";
import {
  deliveryRow,
  firstDue,
  hasGoodKey,
  selectDeliveries,
  toDelivery,
  toWebhook,
  webhookColumns,
  webhookRow,
} from "./webhook-rows.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function webhookStores(connection: SqliteConnection): (tenantId: string) => WebhookStore {
  const { client, db } = connection;
  const waiting = client
    .prepare<[{ tenantId: string; webhookId: string; most: number }], number>(
      `select count(*) from (
        select 1 from webhook_deliveries
        where tenant_id = @tenantId and webhook_id = @webhookId and state = 'waiting' limit @most
      )`,
    )
    .pluck();
  // Each change of a prompt asks.
  const listening = db
    .select(webhookColumns)
    .from(webhooks)
    .where(
      and(
        eq(webhooks.tenantId, sql.placeholder("tenantId")),
        isNull(webhooks.offAt),
        hasGoodKey(sql.placeholder("now")),
      ),
    )
    .prepare();

  return (tenantId) => {
    const isWebhook = (id: string) => and(eq(webhooks.tenantId, tenantId), eq(webhooks.id, id));
    const listed = (at: Date) =>
      db
        .select({
          webhook: webhookColumns,
          createdBy: users.username,
          keyEnded: sql`not ${hasGoodKey(at)}`.mapWith(Boolean),
        })
        .from(webhooks)
        .innerJoin(users, eq(users.id, webhooks.createdById));
    type Row = ReturnType<ReturnType<typeof listed>["all"]>[number];
    const withWaiting = ({ webhook, ...facts }: Row) => ({
      ...toWebhook(webhook),
      ...facts,
      waiting: waiting.get({ tenantId, webhookId: webhook.id, most: -1 }) ?? 0,
    });

    return {
      async insert(webhook) {
        db.insert(webhooks)
          .values({ ...webhookRow(webhook), tenantId })
          .run();
      },
      async find(id, at) {
        const row = listed(at).where(isWebhook(id)).get();
        return row && withWaiting(row);
      },
      async list(at, { limit, after }) {
        const { createdAt, id } = webhooks;
        return listed(at)
          .where(
            and(
              eq(webhooks.tenantId, tenantId),
              after &&
                or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id))),
            ),
          )
          .orderBy(desc(createdAt), desc(id))
          .limit(limit)
          .all()
          .map(withWaiting);
      },
      async listening(at) {
        return listening.all({ tenantId, now: at.getTime() }).map(toWebhook);
      },
      async update(webhook) {
        const { id, createdById: _maker, keyId: _key, createdAt: _made, ...change } = webhookRow(webhook);
        db.update(webhooks).set(change).where(isWebhook(id)).run();
      },
      async remove(id) {
        db.delete(webhooks).where(isWebhook(id)).run();
      },
      async addDelivery(delivery) {
        db.insert(webhookDeliveries)
          .values({ ...deliveryRow(delivery), tenantId })
          .run();
        db.update(webhooks).set({ dueAt: firstDue }).where(isWebhook(delivery.webhookId)).run();
      },
      async findDelivery(id) {
        const row = selectDeliveries(connection)
          .where(and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.id, id)))
          .get();
        return row && toDelivery(row);
      },
      async listDeliveries(webhookId, { state, limit, after }) {
        const { createdAt, id } = webhookDeliveries;
        return selectDeliveries(connection)
          .where(
            and(
              eq(webhookDeliveries.tenantId, tenantId),
              eq(webhookDeliveries.webhookId, webhookId),
              state && eq(webhookDeliveries.state, state),
              after &&
                or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id))),
            ),
          )
          .orderBy(desc(createdAt), desc(id))
          .limit(limit)
          .all()
          .map(toDelivery);
      },
      async countWaiting(webhookId, most) {
        return waiting.get({ tenantId, webhookId, most }) ?? 0;
      },
    };
  };
}
