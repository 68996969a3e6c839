import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { webhookFields, webhookSecretSchema, webhookView } from "./fields/webhook.ts";

const { url, description, events, label, folder } = webhookFields;

export const createWebhook = defineOperation({
  name: "create_webhook",
  title: "Create a webhook",
  description:
    "Calls an https address whenever prompts, labels or reviews of your tenant change. Messages are signed; the secret is shown once, in this answer. A webhook made with a key ends with that key.",
  input: z.object({
    url,
    description: description.optional(),
    events: events.optional().describe("What it hears of; all that there is when left out"),
    label: label.optional(),
    folder: folder.optional(),
  }),
  output: webhookSecretSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/webhooks", status: 201 }],
  mcp: false,
  secretAnswer: true,
  cli: {
    command: "webhook create",
    positionals: ["url"],
    example:
      "promptforge webhook create https://ci.example.com/prompts --events label.set --label production",
  },
  handler: async (services, input, caller) => {
    const { webhook, secret } = await services.webhooks.create(caller, input);
    return { ...webhookView(webhook), secret };
  },
});
