import { z } from "zod";
import type { OutgoingAllow } from "../domain/ports/outgoing.ts";
import { allowed } from "./outgoing-settings.ts";

/** Settings of webhooks; a part of the environment's schema. */
export const webhookSettings = {
  /**
   * Hosts of the inside that tenants' webhooks may reach, comma-separated: host names, addresses and CIDR ranges. Apart from
   * what the server itself may call: every admin of a tenant chooses paths there, and reads the beginning of the answers.
   */
  PROMPTFORGE_WEBHOOK_ALLOW: allowed().refine(({ plainOrigins }) => plainOrigins.length === 0, {
    message: "must hold host names, addresses or ranges: webhooks are called over https alone",
  }),
  /** For one attempt, from the look-up of the name to the end of the answer. */
  PROMPTFORGE_WEBHOOK_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(60).default(10),
  /** Days for which deliveries are kept, made or not. */
  PROMPTFORGE_WEBHOOK_LOG_DAYS: z.coerce.number().int().min(2).max(3650).default(30),
};

export interface WebhookConfig {
  readonly allow: OutgoingAllow;
  readonly timeoutMs: number;
  readonly logDays: number;
}

const settingsSchema = z.object(webhookSettings);

export function webhookConfig(settings: z.output<typeof settingsSchema>): WebhookConfig {
  return {
    allow: settings.PROMPTFORGE_WEBHOOK_ALLOW,
    timeoutMs: settings.PROMPTFORGE_WEBHOOK_TIMEOUT_SECONDS * 1000,
    logDays: settings.PROMPTFORGE_WEBHOOK_LOG_DAYS,
  };
}
