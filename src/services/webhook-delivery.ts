import { setTimeout as sleep } from "node:timers/promises";
import { localCall } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { ClaimedDelivery, ClaimLimits } from "../domain/ports/webhooks.ts";
import { afterAttempt, nextAttempt } from "../domain/webhooks.ts";
import { audit } from "./audit.ts";
import type { SendEvent, SentEvent } from "./webhook-sender.ts";

/** Attempts under way in this process at a time … */
const AT_ONCE = 16;
/** … of them for one tenant … */
const OF_A_TENANT = 4;
/** … and to webhooks that could not be delivered to last: the others always have room. */
const FAILING_AT_ONCE = 8;

const IDLE_MS = 500;
/** Beyond the time limit of an attempt, until another process may take the webhook. */
const LEASE_SLACK_MS = 20_000;
const DAY_MS = 24 * 60 * 60_000;
const PRUNE_EVERY_MS = 60 * 60_000;
/** Rows that go in one transaction: others write in between. */
const PRUNE_AT_ONCE = 500;

export type WebhookDelivery = ReturnType<typeof createWebhookDelivery>;

/**
 * Makes the deliveries that changes have written beside themselves: at least once each, whatever ends in between, one at a
 * time for each webhook. What is in vain is tried again for about a day. Any process may do this; a webhook is taken with a
 * lease, so that no two of them are at work on it.
 */
export function createWebhookDelivery(deps: {
  readonly storage: Storage;
  readonly send: SendEvent;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Deliveries older than this are forgotten. */
  readonly logDays: number;
  readonly now: () => Date;
  readonly onFailure: (error: unknown) => void;
  readonly onSwitchedOff: (webhook: {
    readonly tenantId: string;
    readonly webhookId: string;
    readonly reason: string;
  }) => void;
}) {
  const { storage, send, timeoutMs, now, onFailure } = deps;
  const { directory } = storage;
  const underWay = new Map<ClaimedDelivery, Promise<void>>();
  let running: Promise<void> | undefined;
  const stopping = new AbortController();
  let nextLook = new AbortController();
  let prunedAt = Number.NEGATIVE_INFINITY;

  function limits(taken: readonly ClaimedDelivery[]): ClaimLimits {
    const counts = Map.groupBy(taken, ({ tenantId }) => tenantId);
    return {
      without: [...counts].filter(([, own]) => own.length >= OF_A_TENANT).map(([tenantId]) => tenantId),
      failing: taken.filter(({ webhook }) => webhook.failures > 0).length < FAILING_AT_ONCE,
    };
  }

  /** Begins as many attempts as there is room for; gives how many. */
  async function begin(): Promise<number> {
    const at = now();
    const room = AT_ONCE - underWay.size;
    // An idle process asks often: it takes no write lock for an answer of nothing.
    if (
      room === 0 ||
      !(await directory.read(({ webhooks }) => webhooks.isDue(at, limits([...underWay.keys()]))))
    )
      return 0;
    const until = new Date(at.getTime() + timeoutMs + LEASE_SLACK_MS);
    const taken = await directory.write(async ({ webhooks }) => {
      const claims: ClaimedDelivery[] = [];
      while (claims.length < room) {
        const claim = await webhooks.claim(at, until, limits([...underWay.keys(), ...claims]));
        if (claim === undefined) break;
        claims.push(claim);
      }
      return claims;
    });
    for (const claim of taken) {
      const ended = attempt(claim)
        .catch(onFailure)
        .finally(() => {
          underWay.delete(claim);
          nextLook.abort();
        });
      underWay.set(claim, ended);
    }
    return taken.length;
  }

  async function attempt(claim: ClaimedDelivery): Promise<void> {
    const { tenantId, webhook, delivery } = claim;
    const { signal } = stopping;
    const sent = await send({ tenantId, webhook, event: delivery.event }, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (sent === undefined) await directory.write(({ webhooks }) => webhooks.release(claim));
    else await settle(claim, sent);
  }

  async function settle(claim: ClaimedDelivery, { last, offReason }: SentEvent): Promise<void> {
    const { tenantId, webhook, delivery } = claim;
    const attempts = delivery.attempts + 1;
    const dueAt = last.failure === undefined ? undefined : nextAttempt(attempts, last.at, Math.random());
    const after = afterAttempt(webhook, last);
    const reason = offReason ?? after.offReason;
    const written = await directory.write(async (store) => {
      const settled = await store.webhooks.settle(claim, {
        state: last.failure === undefined ? "delivered" : dueAt === undefined ? "dead" : "waiting",
        dueAt,
        attempts,
        last,
        webhook: { ...after, off: reason === undefined ? undefined : { at: last.at, reason } },
      });
      if (settled && reason !== undefined) {
        await audit(
          store.tenant(tenantId),
          { call: { ...localCall("deliver_webhooks"), at: last.at } },
          { target: { kind: "webhook", id: webhook.id }, details: { off: reason } },
        );
      }
      return settled;
    });
    if (written && reason !== undefined) {
      deps.onSwitchedOff({ tenantId, webhookId: webhook.id, reason });
    }
  }

  /** Forgets what is past its time, once an hour, in one replica. */
  async function prune(): Promise<void> {
    const at = now().getTime();
    if (at - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = at;
    if (!(await storage.claimJob("prune webhook deliveries", PRUNE_EVERY_MS))) return;
    const before = new Date(at - deps.logDays * DAY_MS);
    for (let gone = PRUNE_AT_ONCE; gone === PRUNE_AT_ONCE; ) {
      gone = await directory.write(({ webhooks }) => webhooks.prune(before, PRUNE_AT_ONCE));
    }
  }

  async function work(signal: AbortSignal): Promise<void> {
    let told: string | undefined;
    while (!signal.aborted) {
      nextLook = new AbortController();
      const begun = await prune()
        .then(begin)
        .catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          // Once for as long as it stays the same: it is tried again soon.
          if (reason !== told) onFailure(error);
          told = reason;
          return 0;
        });
      const wakes = AbortSignal.any([signal, nextLook.signal]);
      if (begun === 0) await sleep(IDLE_MS, undefined, { signal: wakes }).catch(() => undefined);
    }
  }

  return {
    /** Works until closed. */
    start(): void {
      running ??= work(stopping.signal);
    },

    /** Makes all that is due, and what becomes due meanwhile; gives how many attempts that took. */
    async drain(): Promise<number> {
      for (let total = 0; ; ) {
        const begun = await begin();
        total += begun;
        if (begun > 0) continue;
        if (underWay.size === 0) return total;
        await Promise.race(underWay.values());
      }
    },

    prune,

    /** What is under way is given up, and due for another process at once. */
    async close(): Promise<void> {
      stopping.abort();
      await running;
      await Promise.all(underWay.values());
    },
  };
}
