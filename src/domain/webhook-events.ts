import { z } from "zod";

/** What webhooks tell of. */
export const EVENT_TYPES = [
  "prompt.created",
  "prompt.updated",
  "prompt.version_restored",
  "prompt.tagged",
  "prompt.archived",
  "prompt.restored",
  "prompt.renamed",
  "prompt.redirect_removed",
  "prompt.deleted",
  "label.set",
  "label.rolled_back",
  "label.removed",
  "review.submitted",
  "review.decided",
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What the test button sends, whatever a webhook listens to. */
export const TEST_EVENT = "webhook.test";
export type SentType = EventType | typeof TEST_EVENT;

export const eventTypeSchema = z.enum(EVENT_TYPES);

/** A change of a prompt, as whoever makes it says it: names and numbers, never what somebody wrote. */
export interface PromptChanged {
  readonly type: EventType;
  /** The version that it is about. */
  readonly version?: number | undefined;
  readonly label?: string | undefined;
  /** The name that it had, or by which it was still found. */
  readonly previousName?: string | undefined;
  /** Where a label pointed before; `null` for nowhere. */
  readonly previousVersion?: number | null | undefined;
  /** Of a review. */
  readonly decision?: string | undefined;
  readonly status?: string | undefined;
}

/** What is kept of a change until it is delivered, and sent as it is. */
export interface EventFacts {
  readonly prompt?: { readonly id: string; readonly name: string };
  readonly version?: number | undefined;
  readonly label?: string | undefined;
  readonly previous_name?: string | undefined;
  readonly previous_version?: number | null | undefined;
  readonly decision?: string | undefined;
  readonly status?: string | undefined;
}

/** One event, whoever hears of it. */
export interface WebhookEvent {
  /** The same in every attempt and for every webhook: whoever has seen it has done what it asks for. */
  readonly id: string;
  readonly type: SentType;
  readonly at: Date;
  /** Who did it. Kept by the id alone, so that a name that is taken out of the library is in no later attempt. */
  readonly actor: { readonly id: string; readonly username: string } | undefined;
  readonly facts: EventFacts;
}

/** The text that is signed and sent. */
export function bodyOf({ id, type, at, actor, facts }: WebhookEvent, tenantId: string): string {
  return JSON.stringify({
    id,
    type,
    timestamp: at.toISOString(),
    tenant_id: tenantId,
    actor: actor ?? null,
    data: facts,
  });
}

/** An event of a change of the prompt with this id and name. */
export function eventOf(
  prompt: { readonly id: string; readonly name: string },
  { type, previousName, previousVersion, ...facts }: PromptChanged,
  made: Pick<WebhookEvent, "id" | "at" | "actor">,
): WebhookEvent {
  return {
    ...made,
    type,
    facts: { prompt, ...facts, previous_name: previousName, previous_version: previousVersion },
  };
}
