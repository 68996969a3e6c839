import { type GuardedFetch, OutgoingError } from "../domain/ports/outgoing.ts";
import type { WebhookSecrets } from "../domain/ports/webhooks.ts";
import { bodyOf, type WebhookEvent } from "../domain/webhook-events.ts";
import {
  type Attempt,
  excerptOf,
  OFF_BY_LOST_SECRET,
  OFF_BY_RECEIVER,
  type Webhook,
} from "../domain/webhooks.ts";

export interface SentEvent {
  readonly last: Attempt;
  /** Why the webhook is to be switched off at once, where it is. */
  readonly offReason?: string;
}

/** Makes one attempt. Rejects with the reason of `signal`, and with nothing else. */
export type SendEvent = (
  to: { readonly tenantId: string; readonly webhook: Webhook; readonly event: WebhookEvent },
  signal?: AbortSignal,
) => Promise<SentEvent>;

/** HTTP's 410: the receiver wants no more [Standard Webhooks]. */
const GONE = 410;

/** @param deps.fetch guarded, within a time and a size: the receiver is somebody else's. */
export function createWebhookSender(deps: {
  readonly fetch: GuardedFetch;
  readonly secrets: WebhookSecrets;
  readonly now: () => Date;
}): SendEvent {
  return async function send({ tenantId, webhook, event }, signal) {
    const at = deps.now();
    const started = performance.now();
    const attempt = (outcome: Partial<Pick<Attempt, "status" | "failure" | "answer">>): Attempt => ({
      at,
      milliseconds: Math.round(performance.now() - started),
      status: undefined,
      failure: undefined,
      answer: "",
      ...outcome,
    });
    const body = bodyOf(event, tenantId);
    const message = { webhookId: webhook.id, id: event.id, at, body };
    const signed = await deps.secrets.sign(secretsAt(webhook, at), message);
    if (signed === undefined) {
      return { last: attempt({ failure: OFF_BY_LOST_SECRET }), offReason: OFF_BY_LOST_SECRET };
    }
    try {
      const headers = { ...signed, "content-type": "application/json", "user-agent": "PromptForge" };
      const response = await deps.fetch(webhook.url, { method: "POST", headers, body, signal });
      const { status } = response;
      const answer = excerptOf(await response.text());
      if (response.ok) return { last: attempt({ status, answer }) };
      const last = attempt({ status, answer, failure: `It answered ${status}.` });
      return status === GONE ? { last, offReason: OFF_BY_RECEIVER } : { last };
    } catch (error) {
      signal?.throwIfAborted();
      return { last: attempt({ failure: failureOf(error) }) };
    }
  };
}

function secretsAt({ secret, retiring }: Webhook, at: Date): string[] {
  return retiring !== undefined && retiring.until > at ? [secret, retiring.secret] : [secret];
}

/** One sentence for what must not be called and for what there is not: hosts of the inside are nobody's business outside. */
export const NOT_CALLED =
  "The address cannot be called: it has to be https, with a host that name servers know and that has public addresses only.";

function failureOf(error: unknown): string {
  if (!(error instanceof OutgoingError)) return "The request could not be made.";
  if (error.reason === "refused" || error.reason === "unresolved") return NOT_CALLED;
  const code = error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined;
  return typeof code === "string" ? `${error.message} (${code})` : error.message;
}
