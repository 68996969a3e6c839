import { z } from "zod";
import { labelSchema } from "../../domain/names.ts";
import { LINE, NOT_A_LINE } from "../../domain/plain-text.ts";
import { folderPathSchema } from "../../domain/prompt.ts";
import { bodyOf, EVENT_TYPES, eventTypeSchema, TEST_EVENT } from "../../domain/webhook-events.ts";
import { DELIVERY_STATES, type Delivery, type ListedWebhook, offReasonOf } from "../../domain/webhooks.ts";

const time = z.iso.datetime().nullable();

/** What a webhook is made with, and what of it can be changed. */
export const webhookFields = {
  url: z
    .string()
    .trim()
    .min(1)
    .max(2000)
    .describe("Address that is called, by POST: https, public, without user name and password"),
  description: z.string().trim().max(200).regex(LINE, NOT_A_LINE).describe("What it is for"),
  events: z.array(eventTypeSchema).min(1).max(EVENT_TYPES.length).describe("What it hears of"),
  label: labelSchema.describe("Of the moves of labels it hears only this one's"),
  folder: folderPathSchema.describe("It hears only of prompts whose name starts with folder/"),
};

export const webhookIdSchema = z.string().min(1).max(100).describe("Id of the webhook, from list_webhooks");

/** A webhook as admins see it: never its secret. */
export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(eventTypeSchema).nullable().describe("null: all that there is"),
  label: z.string().nullable(),
  folder: z.string().nullable(),
  active: z.boolean(),
  off_reason: z.string().nullable().describe("Why nothing is sent to it"),
  waiting: z.int().describe("Deliveries that are still to be made"),
  failures: z.int().describe("Attempts in vain since the last that was not"),
  failing_since: time,
  old_secret_until: time.describe("Until when the secret before the last rotation signs as well"),
  created_by: z.string().describe("Username"),
  made_by: z.string().nullable().describe("Id of the API key that made it, and with which it ends"),
  created_at: z.iso.datetime(),
});

export const webhookSecretSchema = webhookSchema.extend({
  secret: z.string().describe("What its messages are signed with (whsec_…), shown only now"),
});

export function webhookView(webhook: ListedWebhook): z.infer<typeof webhookSchema> {
  const offReason = offReasonOf(webhook);
  return {
    id: webhook.id,
    url: webhook.url,
    description: webhook.description,
    events: webhook.events === undefined ? null : [...webhook.events],
    label: webhook.label ?? null,
    folder: webhook.folder ?? null,
    active: offReason === undefined,
    off_reason: offReason ?? null,
    waiting: webhook.waiting,
    failures: webhook.failures,
    failing_since: webhook.failingSince?.toISOString() ?? null,
    old_secret_until: webhook.retiring?.until.toISOString() ?? null,
    created_by: webhook.createdBy,
    made_by: webhook.keyId ?? null,
    created_at: webhook.createdAt.toISOString(),
  };
}

export const deliveryStateSchema = z.enum(DELIVERY_STATES);

export const deliverySchema = z.object({
  id: z.string(),
  webhook_id: z.string(),
  event_id: z.string().describe("The webhook-id that is sent: the same in every attempt"),
  event: z.enum([...EVENT_TYPES, TEST_EVENT]),
  state: deliveryStateSchema.describe("dead: it is not tried any more"),
  attempts: z.int(),
  created_at: z.iso.datetime(),
  next_attempt_at: time,
  last_attempt_at: time,
  milliseconds: z.int().nullable().describe("What the last attempt took"),
  status: z.int().nullable().describe("HTTP status of the last answer"),
  failure: z.string().nullable().describe("Why the last attempt was in vain"),
  answer: z.string().nullable().describe("The beginning of the last answer, escaped"),
  body: z.string().describe("What is sent"),
});

export function deliveryView(delivery: Delivery, tenantId: string): z.infer<typeof deliverySchema> {
  const { event, last } = delivery;
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event_id: event.id,
    event: event.type,
    state: delivery.state,
    attempts: delivery.attempts,
    created_at: delivery.createdAt.toISOString(),
    next_attempt_at: delivery.dueAt?.toISOString() ?? null,
    last_attempt_at: last?.at.toISOString() ?? null,
    milliseconds: last?.milliseconds ?? null,
    status: last?.status ?? null,
    failure: last?.failure ?? null,
    answer: last?.answer ?? null,
    body: bodyOf(event, tenantId),
  };
}
