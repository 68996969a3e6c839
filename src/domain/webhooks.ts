import type { EventType, PromptChanged, WebhookEvent } from "./webhook-events.ts";

/** An address that hears of what changes in a tenant. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** What it is for, in words. */
  readonly description: string;
  /** What it hears of; all that there is when there are none. */
  readonly events: readonly EventType[] | undefined;
  /** Of the labels' moves it hears only this one's. */
  readonly label: string | undefined;
  /** It hears only of prompts in this folder. */
  readonly folder: string | undefined;
  /** Sealed: only the server's key file opens it. */
  readonly secret: string;
  /** The secret before the last rotation, sealed, which signs as well for some time more. */
  readonly retiring: { readonly secret: string; readonly until: Date } | undefined;
  readonly createdById: string;
  /** The API key that made it, and with which it ends. */
  readonly keyId: string | undefined;
  readonly createdAt: Date;
  /** Nothing is written for it, nor sent. */
  readonly off: { readonly at: Date; readonly reason: string } | undefined;
  /** Attempts in vain since the last that was not. */
  readonly failures: number;
  /** When the first of them was made. */
  readonly failingSince: Date | undefined;
}

/** A webhook as it is shown. */
export interface ListedWebhook extends Webhook {
  /** Username. */
  readonly createdBy: string;
  /** Whether the key that made it is revoked or has expired. */
  readonly keyEnded: boolean;
  /** Deliveries that are still to be made. */
  readonly waiting: number;
}

export const DELIVERY_STATES = ["waiting", "delivered", "dead"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event on its way to one webhook, or what became of it. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly event: WebhookEvent;
  readonly state: DeliveryState;
  readonly createdAt: Date;
  /** When it is tried next; `undefined` when it is not. */
  readonly dueAt: Date | undefined;
  /** Attempts that were made. */
  readonly attempts: number;
  readonly last: Attempt | undefined;
}

/** What an attempt came to. */
export interface Attempt {
  readonly at: Date;
  readonly milliseconds: number;
  /** HTTP status of the answer, where there was one. */
  readonly status: number | undefined;
  /** Why it was in vain; `undefined` when it was not. */
  readonly failure: string | undefined;
  /** The beginning of the answer, escaped. */
  readonly answer: string;
}

/** Whether a webhook wants to hear of a change of the prompt with this name. */
export function hears(
  { events, label, folder }: Pick<Webhook, "events" | "label" | "folder">,
  change: PromptChanged,
  promptName: string,
): boolean {
  if (events !== undefined && !events.includes(change.type)) return false;
  if (label !== undefined && change.label !== undefined && change.label !== label) return false;
  if (folder === undefined) return true;
  return [promptName, change.previousName].some((name) => name?.startsWith(`${folder}/`));
}

const HOUR_MS = 60 * 60_000;
const FIRST_WAIT_MS = 10_000;
const WAIT_GROWS_BY = 3;
const LONGEST_WAIT_MS = 8 * HOUR_MS;
/** With these waits the last attempt is made some 25 hours after the first. */
const MAX_ATTEMPTS = 11;

/**
 * When a delivery is tried again after so many attempts in vain; `undefined`: not any more. The waits grow threefold from 10
 * seconds to 8 hours.
 * @param random from 0 to 1: waits differ by up to a fifth, so that what failed at once does not come back at once.
 */
export function nextAttempt(attempts: number, at: Date, random: number): Date | undefined {
  if (attempts >= MAX_ATTEMPTS) return undefined;
  const wait = Math.min(FIRST_WAIT_MS * WAIT_GROWS_BY ** (attempts - 1), LONGEST_WAIT_MS);
  return new Date(at.getTime() + wait * (0.8 + 0.4 * random));
}

/** A webhook is given up when so many attempts in a row, over so long, were in vain. */
const GIVEN_UP_FAILURES = 10;
const GIVEN_UP_AFTER_MS = 24 * HOUR_MS;
/** What may wait for one webhook; beyond it the webhook is switched off, rather than the library filled. */
export const MAX_WAITING = 10_000;

export const OFF_BY_ADMIN = "Switched off by an admin.";
export const OFF_BY_BACKLOG = `${MAX_WAITING} events wait for it, and no more are kept.`;
export const OFF_BY_RECEIVER = "The receiver has answered 410 Gone: it wants no more.";
export const OFF_BY_LOST_SECRET =
  "Its secret cannot be opened any more: the server's key file is another one. Give it a new one with rotate_webhook_secret.";

export const OFF_BY_KEY = "The API key that made it was revoked or has expired: make it anew.";

/** Why nothing is sent to a webhook; `undefined` while something is. */
export function offReasonOf({ off, keyEnded }: Pick<ListedWebhook, "off" | "keyEnded">): string | undefined {
  return keyEnded ? OFF_BY_KEY : off?.reason;
}

/** How a webhook stands after an attempt; `offReason`: why it is to be switched off, if it is. */
export function afterAttempt(
  webhook: Pick<Webhook, "failures" | "failingSince">,
  { at, failure }: Attempt,
): Pick<Webhook, "failures" | "failingSince"> & { readonly offReason?: string } {
  if (failure === undefined) return { failures: 0, failingSince: undefined };
  const failures = webhook.failures + 1;
  const failingSince = webhook.failingSince ?? at;
  const failingMs = at.getTime() - failingSince.getTime();
  if (failures < GIVEN_UP_FAILURES || failingMs < GIVEN_UP_AFTER_MS) return { failures, failingSince };
  const hours = Math.floor(failingMs / HOUR_MS);
  const offReason = `Nothing could be delivered for ${hours} hours, in ${failures} attempts.`;
  return { failures, failingSince, offReason };
}

/** Characters of an answer that are kept. */
const MAX_ANSWER_LENGTH = 300;
const NOT_SHOWN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** The beginning of what a receiver answered, as one line: what is not seen, or would change how the line looks, is spelled out. */
export function excerptOf(answer: string): string {
  const shown = answer
    .slice(0, MAX_ANSWER_LENGTH)
    .replace(NOT_SHOWN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return answer.length > MAX_ANSWER_LENGTH ? `${shown}…` : shown;
}
