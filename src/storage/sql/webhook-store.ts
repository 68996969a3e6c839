import { and, count, desc, eq, isNull, lt, or, sql } from "drizzle-orm";
import type { WebhookStore } from "../../domain/ports/webhooks.ts";
import type { SqlConnection } from "./connection.ts";
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
export function webhookStores(connection: SqlConnection): (tenantId: string) => WebhookStore {
  const { db } = connection;
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
    /** So many at most, where a limit is given. */
    const countWaiting = async (webhookId: string, most?: number) => {
      const waiting = db
        .select({ id: webhookDeliveries.id })
        .from(webhookDeliveries)
        .where(
          and(
            eq(webhookDeliveries.tenantId, tenantId),
            eq(webhookDeliveries.webhookId, webhookId),
            eq(webhookDeliveries.state, "waiting"),
          ),
        );
      const some = (most === undefined ? waiting : waiting.limit(most)).as("waiting");
      return (await db.select({ count: count() }).from(some).get())?.count ?? 0;
    };
    type Row = Awaited<ReturnType<ReturnType<typeof listed>["all"]>>[number];
    const withWaiting = async ({ webhook, ...facts }: Row) => ({
      ...toWebhook(webhook),
      ...facts,
      waiting: await countWaiting(webhook.id),
    });

    return {
      async insert(webhook) {
        await db
          .insert(webhooks)
          .values({ ...webhookRow(webhook), tenantId })
          .run();
      },
      async find(id, at) {
        const row = await listed(at).where(isWebhook(id)).get();
        return row && (await withWaiting(row));
      },
      async list(at, { limit, after }) {
        const { createdAt, id } = webhooks;
        const rows = await listed(at)
          .where(
            and(
              eq(webhooks.tenantId, tenantId),
              after &&
                or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id))),
            ),
          )
          .orderBy(desc(createdAt), desc(id))
          .limit(limit)
          .all();
        const webhooksOfPage = [];
        for (const row of rows) webhooksOfPage.push(await withWaiting(row));
        return webhooksOfPage;
      },
      async listening(at) {
        return (await listening.all({ tenantId, now: at.getTime() })).map(toWebhook);
      },
      async update(webhook) {
        const { id, createdById: _maker, keyId: _key, createdAt: _made, ...change } = webhookRow(webhook);
        await db.update(webhooks).set(change).where(isWebhook(id)).run();
      },
      async remove(id) {
        await db.delete(webhooks).where(isWebhook(id)).run();
      },
      async addDelivery(delivery) {
        await db
          .insert(webhookDeliveries)
          .values({ ...deliveryRow(delivery), tenantId })
          .run();
        await db.update(webhooks).set({ dueAt: firstDue }).where(isWebhook(delivery.webhookId)).run();
      },
      async findDelivery(id) {
        const row = await selectDeliveries(connection)
          .where(and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.id, id)))
          .get();
        return row && toDelivery(row);
      },
      async listDeliveries(webhookId, { state, limit, after }) {
        const { createdAt, id } = webhookDeliveries;
        return (
          await selectDeliveries(connection)
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
        ).map(toDelivery);
      },
      async countWaiting(webhookId, most) {
        return countWaiting(webhookId, most);
      },
    };
  };
}
