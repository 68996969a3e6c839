import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { webhookFields, webhookIdSchema, webhookSchema, webhookView } from "./fields/webhook.ts";

const { url, description, events, label, folder } = webhookFields;

export const updateWebhook = defineOperation({
  name: "update_webhook",
  title: "Change a webhook",
  description:
    "Changes where a webhook leads, what it hears of, or whether it is on. What is left out stays. While it is off nothing is written for it; what waited is sent when it is on again.",
  input: z.object({
    id: webhookIdSchema,
    url: url.optional(),
    description: description.optional(),
    events: events.nullable().optional().describe("What it hears of; null: all that there is"),
    label: label.nullable().optional().describe("Of the moves of labels only this one's; null: all"),
    folder: folder.nullable().optional().describe("Only prompts whose name starts with folder/; null: all"),
    active: z.boolean().optional().describe("Whether it is on"),
  }),
  output: webhookSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: true },
  rest: [{ method: "patch", path: "/v1/webhooks/{id}" }],
  mcp: "on_demand",
  cli: {
    command: "webhook update",
    positionals: ["id"],
    example: "promptforge webhook update 0b6f… --no-active",
  },
  handler: async (services, { id, ...change }, caller) =>
    webhookView(await services.webhooks.update(caller, id, change)),
});
