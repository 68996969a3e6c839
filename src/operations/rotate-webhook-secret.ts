import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { webhookIdSchema, webhookSecretSchema, webhookView } from "./fields/webhook.ts";

export const rotateWebhookSecret = defineOperation({
  name: "rotate_webhook_secret",
  title: "Give a webhook a new secret",
  description:
    "Gives a webhook a new secret, shown once, in this answer. For some hours messages are signed with the one before as well, so that a receiver can change over.",
  input: z.object({
    id: webhookIdSchema,
    overlap_hours: z
      .int()
      .min(0)
      .max(168)
      .default(24)
      .describe("Hours for which the old secret signs as well; 0 when it is in wrong hands"),
  }),
  output: webhookSecretSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/webhooks/{id}/rotate" }],
  mcp: false,
  secretAnswer: true,
  cli: {
    command: "webhook rotate",
    positionals: ["id"],
    example: "promptforge webhook rotate 0b6f… --overlap-hours 2",
  },
  handler: async (services, { id, overlap_hours }, caller) => {
    const { webhook, secret } = await services.webhooks.rotate(caller, id, overlap_hours);
    return { ...webhookView(webhook), secret };
  },
});
