import { randomUUID } from "node:crypto";
import type { AuditTarget } from "../domain/audit.ts";
import type { CallContext } from "../domain/identity.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import { eventOf, type PromptChanged, type WebhookEvent } from "../domain/webhook-events.ts";
import { type Delivery, hears, MAX_WAITING, OFF_BY_BACKLOG, type Webhook } from "../domain/webhooks.ts";

/** Whom an event names. */
interface EventActor {
  readonly call: CallContext;
  readonly userId?: string | undefined;
  readonly username?: string | undefined;
}

/**
 * Writes a delivery for each webhook that hears of a change of a prompt, in the transaction that makes the change: neither is
 * there without the other. `webhook-delivery.ts` makes them. Gives the webhooks for which too much waits already: they are
 * switched off.
 */
export async function announce(
  { webhooks }: Pick<TenantStore, "webhooks">,
  { call: { at }, userId, username }: EventActor,
  { id, name = "" }: AuditTarget,
  change: PromptChanged,
): Promise<Webhook[]> {
  const hearing = (await webhooks.listening(at)).filter((webhook) => hears(webhook, change, name));
  if (hearing.length === 0) return [];
  const actor = userId === undefined || username === undefined ? undefined : { id: userId, username };
  const event = eventOf({ id, name }, change, { id: randomUUID(), at, actor });
  const full: Webhook[] = [];
  for (const webhook of hearing) {
    if ((await webhooks.countWaiting(webhook.id, MAX_WAITING)) < MAX_WAITING) {
      await webhooks.addDelivery(newDelivery(webhook, event, at));
    } else {
      await webhooks.update({ ...webhook, off: { at, reason: OFF_BY_BACKLOG } });
      full.push(webhook);
    }
  }
  return full;
}

export function newDelivery({ id }: Pick<Webhook, "id">, event: WebhookEvent, at: Date): Delivery {
  return {
    id: randomUUID(),
    webhookId: id,
    event,
    state: "waiting",
    createdAt: at,
    dueAt: at,
    attempts: 0,
    last: undefined,
  };
}
