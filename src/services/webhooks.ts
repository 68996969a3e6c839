import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import { type GuardedFetch, OutgoingError } from "../domain/ports/outgoing.ts";
import type { CursorPosition, Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import type { WebhookSecrets } from "../domain/ports/webhooks.ts";
import { type EventType, TEST_EVENT } from "../domain/webhook-events.ts";
import {
  type Delivery,
  type DeliveryState,
  type ListedWebhook,
  OFF_BY_ADMIN,
  OFF_BY_KEY,
  offReasonOf,
  type Webhook,
} from "../domain/webhooks.ts";
import { audit } from "./audit.ts";
import { requireCurrentKey } from "./current-key.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import type { QuotaService } from "./quotas.ts";
import { newDelivery } from "./webhook-announcements.ts";
import { requireLineage } from "./webhook-lineage.ts";
import { NOT_CALLED, type SendEvent } from "./webhook-sender.ts";

export interface NewWebhook {
  readonly url: string;
  readonly description?: string | undefined;
  readonly events?: readonly EventType[] | undefined;
  readonly label?: string | undefined;
  readonly folder?: string | undefined;
}

/** What is not named stays as it is; `null` takes a filter away. */
export interface WebhookChange {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly events?: readonly EventType[] | null | undefined;
  readonly label?: string | null | undefined;
  readonly folder?: string | null | undefined;
  readonly active?: boolean | undefined;
}

const HOUR_MS = 60 * 60 * 1000;

export type WebhookService = ReturnType<typeof createWebhookService>;

/** Addresses that hear of a tenant's changes. What was written for them is sent by `webhook-delivery.ts`. */
export function createWebhookService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly quotas: Pick<QuotaService, "requireWithin">;
  readonly secrets: WebhookSecrets;
  readonly outgoing: Pick<GuardedFetch, "check">;
  readonly send: SendEvent;
  readonly now: () => Date;
}) {
  const { storage, cursors, quotas, secrets, send, now } = deps;

  return {
    /**
     * The secret is in this answer and nowhere else. Throws `invalid_input` for an address that cannot be called, and `forbidden`
     * for an app.
     */
    async create(actor: Actor, input: NewWebhook) {
      await checkUrl(input.url);
      const id = randomUUID();
      const { secret, sealed } = await secrets.mint(id);
      const webhook: Webhook = {
        id,
        url: input.url,
        description: input.description ?? "",
        events: input.events && unique(input.events),
        label: input.label,
        folder: input.folder,
        secret: sealed,
        retiring: undefined,
        createdById: actor.userId,
        keyId: actor.key?.id,
        createdAt: now(),
        off: undefined,
        failures: 0,
        failingSince: undefined,
      };
      const stored = await storage.tenant(actor.tenantId).write(async (store) => {
        await requireCurrentKey(store, actor);
        await requireLineage(store, actor);
        await store.webhooks.insert(webhook);
        await quotas.requireWithin(store, ["webhooks"]);
        await audit(store, actor, { target: targetOf(webhook), details: factsOf(webhook) });
        return requireWebhook(store, id);
      });
      return { webhook: stored, secret };
    },

    /** Newest first. */
    list(caller: Caller, request: PageRequest): Promise<Page<ListedWebhook>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_webhooks" } };
      return storage.tenant(caller.tenantId).read(({ webhooks }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) => webhooks.list(now(), { limit, after: after && timeOf(after) }),
          positionOf,
        }),
      );
    },

    /**
     * Switched on again, a webhook gets what has waited for it. Throws as `create`, `not_found`, and `forbidden` for another
     * address by a key with which the webhook does not end.
     */
    async update(actor: Actor, id: string, change: WebhookChange): Promise<ListedWebhook> {
      if (Object.values(change).every((value) => value === undefined)) {
        throw new AppError("invalid_input", "Nothing to change: name a field and what it is to be.");
      }
      if (change.url !== undefined) await checkUrl(change.url);
      return storage.tenant(actor.tenantId).write(async (store) => {
        await requireCurrentKey(store, actor);
        const { active, ...fields } = change;
        const webhook = await requireWebhook(store, id);
        if (change.url !== undefined && change.url !== webhook.url)
          await requireLineage(store, actor, webhook);
        if (active === true && webhook.keyEnded) throw new AppError("conflict", OFF_BY_KEY);
        const changed = { ...changedBy(webhook, fields), ...switched(active) };
        await store.webhooks.update(changed);
        await audit(store, actor, {
          target: targetOf(changed),
          details: { ...factsOf(changed), active: changed.off === undefined },
        });
        return requireWebhook(store, id);
      });
    },

    /** With its log, and with what is still to be delivered. */
    async remove(actor: Actor, id: string): Promise<ListedWebhook> {
      return storage.tenant(actor.tenantId).write(async (store) => {
        const webhook = await requireWebhook(store, id);
        await store.webhooks.remove(id);
        await audit(store, actor, { target: targetOf(webhook), details: factsOf(webhook) });
        return webhook;
      });
    },

    /** A new secret; the one before signs as well for some hours, and an older one no more. Throws as `update`. */
    async rotate(actor: Actor, id: string, overlapHours: number) {
      const { secret, sealed } = await secrets.mint(id);
      const webhook = await storage.tenant(actor.tenantId).write(async (store) => {
        await requireCurrentKey(store, actor);
        const old = await requireWebhook(store, id);
        await requireLineage(store, actor, old);
        const until = new Date(now().getTime() + overlapHours * HOUR_MS);
        const retiring = overlapHours === 0 ? undefined : { secret: old.secret, until };
        await store.webhooks.update({ ...old, secret: sealed, retiring });
        await audit(store, actor, {
          target: targetOf(old),
          details: { old_secret_until: retiring?.until.toISOString() ?? null },
        });
        return requireWebhook(store, id);
      });
      return { webhook, secret };
    },

    /**
     * Sends a test event now, whether the webhook is on or off, and says what came of it; it is not tried again, and does not
     * count for anything.
     */
    async test(actor: Actor, id: string): Promise<Delivery> {
      const { tenantId, userId, username } = actor;
      const webhook = await storage.tenant(tenantId).read((store) => requireWebhook(store, id));
      const event = {
        id: randomUUID(),
        type: TEST_EVENT,
        at: now(),
        actor: { id: userId, username },
        facts: {},
      } as const;
      const { last } = await send({ tenantId, webhook, event });
      const delivery: Delivery = {
        ...newDelivery(webhook, event, last.at),
        state: last.failure === undefined ? "delivered" : "dead",
        dueAt: undefined,
        attempts: 1,
        last,
      };
      await storage.tenant(tenantId).write(async (store) => {
        await requireWebhook(store, id);
        await store.webhooks.addDelivery(delivery);
        await audit(store, actor, { target: targetOf(webhook), details: { status: last.status ?? null } });
      });
      return delivery;
    },

    /** Newest first. */
    deliveries(
      caller: Caller,
      query: PageRequest & { readonly id: string; readonly state?: DeliveryState | undefined },
    ): Promise<Page<Delivery>> {
      const { id, state, ...request } = query;
      const scope = { tenantId: caller.tenantId, query: { operation: "list_webhook_deliveries", id, state } };
      return storage.tenant(caller.tenantId).read(async (store) => {
        await requireWebhook(store, id);
        return pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            store.webhooks.listDeliveries(id, { state, limit, after: after && timeOf(after) }),
          positionOf,
        });
      });
    },

    /** Sends an event of the log once more, under its own id. Throws `not_found`, and `conflict` where the webhook is off. */
    redeliver(actor: Actor, deliveryId: string): Promise<Delivery> {
      return storage.tenant(actor.tenantId).write(async (store) => {
        const old = await store.webhooks.findDelivery(deliveryId);
        if (old === undefined) {
          throw new AppError(
            "not_found",
            "There is no delivery with this id. See those of a webhook with list_webhook_deliveries.",
          );
        }
        const webhook = await requireWebhook(store, old.webhookId);
        const offReason = offReasonOf(webhook);
        if (offReason !== undefined) {
          throw new AppError("conflict", `The webhook is off, so that nothing is sent to it. ${offReason}`);
        }
        if (old.state === "waiting")
          throw new AppError("conflict", "It is still to be delivered: wait for it.");
        const again = newDelivery(webhook, old.event, now());
        await store.webhooks.addDelivery(again);
        await audit(store, actor, { target: targetOf(webhook), details: { event: old.event.id } });
        return again;
      });
    },
  };

  async function requireWebhook({ webhooks }: TenantStore, id: string): Promise<ListedWebhook> {
    const webhook = await webhooks.find(id, now());
    if (webhook !== undefined) return webhook;
    throw new AppError("not_found", "There is no webhook with this id. See them with list_webhooks.");
  }

  async function checkUrl(url: string): Promise<void> {
    try {
      if (URL.parse(url)?.protocol !== "https:") throw new AppError("invalid_input", NOT_CALLED);
      await deps.outgoing.check(url);
    } catch (error) {
      if (error instanceof OutgoingError) throw new AppError("invalid_input", NOT_CALLED);
      throw error;
    }
  }

  /** On: as if nothing had ever failed. */
  function switched(active: boolean | undefined): Partial<Webhook> {
    if (active === undefined) return {};
    if (!active) return { off: { at: now(), reason: OFF_BY_ADMIN } };
    return { off: undefined, failures: 0, failingSince: undefined };
  }
}

function changedBy(webhook: Webhook, change: Omit<WebhookChange, "active">): Webhook {
  const { url, description, events, label, folder } = change;
  return {
    ...webhook,
    url: url ?? webhook.url,
    description: description ?? webhook.description,
    events: events === undefined ? webhook.events : events === null ? undefined : unique(events),
    label: label === undefined ? webhook.label : (label ?? undefined),
    folder: folder === undefined ? webhook.folder : (folder ?? undefined),
  };
}

function unique(events: readonly EventType[]): EventType[] {
  return [...new Set(events)];
}

function targetOf({ id }: Pick<Webhook, "id">) {
  return { kind: "webhook", id };
}

/** For the audit: of the address the host alone, since a path may be a secret. */
function factsOf({ url, events, label, folder }: Webhook) {
  return { host: new URL(url).host, events: events ?? null, label: label ?? null, folder: folder ?? null };
}

function positionOf({ createdAt, id }: { readonly createdAt: Date; readonly id: string }): CursorPosition {
  return { key: createdAt.getTime(), id };
}

function timeOf({ key, id }: CursorPosition) {
  return { createdAt: new Date(Number(key)), id };
}
