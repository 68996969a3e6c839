import { and, asc, eq, isNull, lte, notInArray, or, sql } from "drizzle-orm";
import type { ClaimLimits, WebhookQueue } from "../../domain/ports/webhooks.ts";
import type { SqlConnection } from "./connection.ts";
import { tenants, webhookDeliveries, webhooks } from "./schema.ts";
import {
  attemptRow,
  firstDue,
  hasGoodKey,
  selectDeliveries,
  toDelivery,
  toWebhook,
  webhookColumns,
} from "./webhook-rows.ts";

/** The deliveries of all tenants. */
export function webhookQueue(connection: SqlConnection): WebhookQueue {
  const { db } = connection;
  const isWebhook = (tenantId: string, id: string) =>
    and(eq(webhooks.tenantId, tenantId), eq(webhooks.id, id));

  /** The webhooks that are due, the first of them first. A tenant that is being deleted is served no more. */
  const dueWebhooks = (at: Date, { without, failing }: ClaimLimits) =>
    db
      .select({ tenantId: webhooks.tenantId, webhook: webhookColumns })
      .from(webhooks)
      .innerJoin(tenants, eq(tenants.id, webhooks.tenantId))
      .where(
        and(
          lte(webhooks.dueAt, at),
          isNull(webhooks.offAt),
          or(isNull(webhooks.busyUntil), lte(webhooks.busyUntil, at)),
          isNull(tenants.endsAt),
          hasGoodKey(at),
          notInArray(webhooks.tenantId, [...without]),
          failing ? undefined : eq(webhooks.failures, 0),
        ),
      )
      .orderBy(asc(webhooks.dueAt))
      .limit(1);

  return {
    async isDue(at, limits) {
      return (await dueWebhooks(at, limits).get()) !== undefined;
    },
    async claim(at, until, limits) {
      const due = await dueWebhooks(at, limits).get();
      if (due === undefined) return undefined;
      const { tenantId, webhook } = due;
      // Those of one moment in the order in which they were written.
      const first = await selectDeliveries(connection)
        .where(
          and(
            eq(webhookDeliveries.tenantId, tenantId),
            eq(webhookDeliveries.webhookId, webhook.id),
            eq(webhookDeliveries.state, "waiting"),
          ),
        )
        .orderBy(asc(webhookDeliveries.dueAt), sql`${webhookDeliveries}.rowid`)
        .limit(1)
        .get();
      if (first === undefined)
        throw new Error("Programming error: a webhook is due, and nothing waits for it.");
      await db.update(webhooks).set({ busyUntil: until }).where(isWebhook(tenantId, webhook.id)).run();
      return { tenantId, webhook: toWebhook(webhook), delivery: toDelivery(first) };
    },
    async settle({ tenantId, webhook, delivery }, { state, dueAt, attempts, last, webhook: after }) {
      const { changes } = await db
        .update(webhookDeliveries)
        .set({ state, dueAt: dueAt ?? null, attempts, ...attemptRow(last) })
        .where(
          and(
            eq(webhookDeliveries.tenantId, tenantId),
            eq(webhookDeliveries.id, delivery.id),
            eq(webhookDeliveries.state, "waiting"),
            eq(webhookDeliveries.attempts, delivery.attempts),
          ),
        )
        .run();
      if (changes === 0) return false;
      await db
        .update(webhooks)
        .set({
          offAt: sql`coalesce(${webhooks.offAt}, ${after.off?.at.getTime() ?? null})`,
          offReason: sql`coalesce(${webhooks.offReason}, ${after.off?.reason ?? null})`,
          failures: after.failures,
          failingSince: after.failingSince ?? null,
          busyUntil: null,
          dueAt: firstDue,
        })
        .where(isWebhook(tenantId, webhook.id))
        .run();
      return true;
    },
    async release({ tenantId, webhook }) {
      await db.update(webhooks).set({ busyUntil: null }).where(isWebhook(tenantId, webhook.id)).run();
    },
    async prune(before, limit) {
      const old = await db
        .select({
          tenantId: webhookDeliveries.tenantId,
          id: webhookDeliveries.id,
          webhookId: webhookDeliveries.webhookId,
          state: webhookDeliveries.state,
        })
        .from(webhookDeliveries)
        .where(lte(webhookDeliveries.createdAt, before))
        .orderBy(asc(webhookDeliveries.createdAt))
        .limit(limit)
        .all();
      for (const { tenantId, id, webhookId, state } of old) {
        await db
          .delete(webhookDeliveries)
          .where(and(eq(webhookDeliveries.tenantId, tenantId), eq(webhookDeliveries.id, id)))
          .run();
        if (state !== "waiting") continue;
        await db.update(webhooks).set({ dueAt: firstDue }).where(isWebhook(tenantId, webhookId)).run();
      }
      return old.length;
    },
  };
}
