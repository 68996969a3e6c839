import type { Config } from "../config/config.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Logger } from "../observability/logger.ts";
import { createGuardedFetch } from "../security/guarded-fetch.ts";
import { createWebhookSecrets } from "../security/webhook-secrets.ts";
import type { QuotaService } from "../services/quotas.ts";
import { createWebhookDelivery, type WebhookDelivery } from "../services/webhook-delivery.ts";
import { createWebhookSender } from "../services/webhook-sender.ts";
import { createWebhookService, type WebhookService } from "../services/webhooks.ts";

/** What a receiver answers is of little interest, and several are asked at a time. */
const ANSWER_BYTES = 64 * 1024;

/** Webhooks, which call addresses of their own hosts and limits: who keeps them, and who delivers. */
export function createWebhookStack(
  { webhooks: { allow, timeoutMs, logDays } }: Config,
  deps: {
    readonly storage: Storage;
    readonly cursors: Cursors;
    readonly quotas: QuotaService;
    /** The receivers' secrets are sealed with it. */
    readonly sealingKey: Uint8Array;
    readonly log: Logger;
    readonly now: () => Date;
  },
): { readonly service: WebhookService; readonly delivery: WebhookDelivery } {
  const { storage, cursors, quotas, log, now } = deps;
  const fetch = createGuardedFetch({ allow, timeoutMs, maxBytes: ANSWER_BYTES });
  const secrets = createWebhookSecrets(deps.sealingKey);
  const send = createWebhookSender({ fetch, secrets, now });
  return {
    service: createWebhookService({ storage, cursors, quotas, secrets, outgoing: fetch, send, now }),
    delivery: createWebhookDelivery({
      storage,
      send,
      timeoutMs,
      logDays,
      now,
      onFailure: (err) => log.warn({ err }, "webhooks could not be delivered; it is tried again"),
      onSwitchedOff: (webhook) => log.warn(webhook, "a webhook was switched off"),
    }),
  };
}
