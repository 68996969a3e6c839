import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { webhookIdSchema, webhookSchema, webhookView } from "./fields/webhook.ts";

export const deleteWebhook = defineOperation({
  name: "delete_webhook",
  title: "Delete a webhook",
  description: "Removes a webhook with its log, and with what is still to be delivered to it.",
  input: z.object({ id: webhookIdSchema }),
  output: webhookSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/webhooks/{id}" }],
  mcp: "on_demand",
  cli: { command: "webhook delete", positionals: ["id"], example: "promptforge webhook delete 0b6f…" },
  handler: async (services, { id }, caller) => webhookView(await services.webhooks.remove(caller, id)),
});
