import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { deliverySchema, deliveryView, webhookIdSchema } from "./fields/webhook.ts";

export const testWebhook = defineOperation({
  name: "test_webhook",
  title: "Try a webhook",
  description:
    "Sends a signed message of the type webhook.test to a webhook now, on or off, and tells what it answered. Changes nothing but its log.",
  input: z.object({ id: webhookIdSchema }),
  output: deliverySchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/webhooks/{id}/test" }],
  mcp: "on_demand",
  cli: { command: "webhook test", positionals: ["id"], example: "promptforge webhook test 0b6f…" },
  handler: async (services, { id }, caller) =>
    deliveryView(await services.webhooks.test(caller, id), caller.tenantId),
});
