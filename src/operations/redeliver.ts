import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { deliverySchema, deliveryView } from "./fields/webhook.ts";

export const redeliver = defineOperation({
  name: "redeliver",
  title: "Deliver an event again",
  description:
    "Sends an event of a webhook's log once more, dead or delivered, under the event's own id, by which a receiver knows it. The webhook has to be on.",
  input: z.object({
    id: z.string().min(1).max(100).describe("Id of the delivery, from list_webhook_deliveries"),
  }),
  output: deliverySchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/webhook-deliveries/{id}/redeliver" }],
  mcp: "on_demand",
  cli: { command: "webhook redeliver", positionals: ["id"], example: "promptforge webhook redeliver 7c1e…" },
  handler: async (services, { id }, caller) =>
    deliveryView(await services.webhooks.redeliver(caller, id), caller.tenantId),
});
