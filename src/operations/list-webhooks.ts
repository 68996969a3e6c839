import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";
import { webhookSchema, webhookView } from "./fields/webhook.ts";

export const listWebhooks = defineOperation({
  name: "list_webhooks",
  title: "List webhooks",
  description:
    "Lists your tenant's webhooks, newest first: what each hears of, whether it is on, and why not; never a secret.",
  input: z.object({ limit: limitSchema(50), cursor: cursorSchema.optional() }),
  output: z.object({ items: z.array(webhookSchema), next_cursor: nextCursorSchema }),
  permission: "tenant:admin",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/webhooks" }],
  mcp: "on_demand",
  cli: { command: "webhook list", example: "promptforge webhook list" },
  handler: async (services, page, caller) => {
    const { items, next_cursor } = await services.webhooks.list(caller, page);
    return { items: items.map(webhookView), next_cursor };
  },
});
