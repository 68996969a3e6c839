import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const listLabels = defineOperation({
  name: "list_labels",
  title: "List labels",
  description:
    "Gives the tenant's labels: how many prompts have each, and which are protected. list_prompts with label gives the prompts.",
  input: z.object({}),
  output: z.object({
    items: z.array(z.object({ label: z.string(), prompts: z.int(), protected: z.boolean() })),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/labels" }],
  mcp: true,
  cli: { command: "label list", example: "promptforge label list" },
  handler: async (services, _input, caller) => ({ items: await services.labels.list(caller) }),
});
