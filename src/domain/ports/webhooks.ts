import type { Attempt, Delivery, DeliveryState, ListedWebhook, Webhook } from "../webhooks.ts";

/** A tenant's webhooks, and what was and is to be delivered to them. */
export interface WebhookStore {
  insert(webhook: Webhook): Promise<void>;
  /** @param at tells which keys have expired. */
  find(id: string, at: Date): Promise<ListedWebhook | undefined>;
  /** Newest first; `after` is the last row of the page before. */
  list(
    at: Date,
    page: { readonly limit: number; readonly after?: Pick<Webhook, "id" | "createdAt"> | undefined },
  ): Promise<ListedWebhook[]>;
  /** Those that something is written for: neither off nor ended with their key. */
  listening(at: Date): Promise<Webhook[]>;
  /** Writes all but who made it, and when. */
  update(webhook: Webhook): Promise<void>;
  /** With all of its deliveries. */
  remove(id: string): Promise<void>;
  addDelivery(delivery: Delivery): Promise<void>;
  findDelivery(id: string): Promise<Delivery | undefined>;
  /** Newest first; `after` is the last row of the page before. */
  listDeliveries(
    webhookId: string,
    page: {
      readonly state?: DeliveryState | undefined;
      readonly limit: number;
      readonly after?: Pick<Delivery, "id" | "createdAt"> | undefined;
    },
  ): Promise<Delivery[]>;
  /** How many wait for a webhook; counted up to `most`. */
  countWaiting(webhookId: string, most: number): Promise<number>;
}

/** A delivery that was taken to be made, with what that needs. */
export interface ClaimedDelivery {
  readonly tenantId: string;
  readonly webhook: Webhook;
  readonly delivery: Delivery;
}

/** Whose turn it is not. */
export interface ClaimLimits {
  /** Tenants that have their share already. */
  readonly without: readonly string[];
  /** Whether those may be taken that could not be delivered to when it was last tried. */
  readonly failing: boolean;
}

/** What is to be delivered, of all tenants. One webhook has one delivery under way at a time. */
export interface WebhookQueue {
  /** Whether `claim` would give something. */
  isDue(at: Date, limits: ClaimLimits): Promise<boolean>;
  /** Takes the first delivery of the webhook that has been due longest; until `until` the webhook is nobody else's. */
  claim(at: Date, until: Date, limits: ClaimLimits): Promise<ClaimedDelivery | undefined>;
  /**
   * Writes what came of it, and gives the webhook free. False, and nothing is written, where the delivery is not as it was
   * taken: it took too long, and another process has made it.
   */
  settle(
    claimed: ClaimedDelivery,
    outcome: Pick<Delivery, "state" | "dueAt" | "attempts"> & {
      readonly last: Attempt;
      /** `off`: it is switched off from now on, unless it is already. */
      readonly webhook: Pick<Webhook, "off" | "failures" | "failingSince">;
    },
  ): Promise<boolean>;
  /** Not made, by no fault of it: due as before. */
  release(claimed: ClaimedDelivery): Promise<void>;
  /** Forgets up to `limit` deliveries that were written before a time; gives how many. */
  prune(before: Date, limit: number): Promise<number>;
}

/** The secrets that sign, as they are kept. */
export interface WebhookSecrets {
  /** A new one, and the same sealed for one webhook: for no other can it be opened. */
  mint(webhookId: string): Promise<{ readonly secret: string; readonly sealed: string }>;
  /**
   * The headers of a message [Standard Webhooks], signed with each of these secrets, the current one first. `undefined` where
   * that cannot be opened: the key file has changed.
   */
  sign(
    sealed: readonly string[],
    message: { readonly webhookId: string; readonly id: string; readonly at: Date; readonly body: string },
  ): Promise<Readonly<Record<string, string>> | undefined>;
}
