import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const listTenants = defineOperation({
  name: "list_tenants",
  title: "List my tenants",
  description:
    "Lists the tenants that you are a member of, with your role in each; `current` is the one that this call is for. An API key is of one tenant, and sees that one.",
  input: z.object({}),
  output: z.object({ items: z.array(membershipSchema.extend({ current: z.boolean() })) }),
  permission: "account",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/tenants" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "tenant list", example: "promptforge tenant list" },
  handler: async (services, _input, caller) => ({
    items: (await services.tenants.list(caller)).map((member) => ({
      ...membershipView(member),
      current: member.tenantId === caller.tenantId,
    })),
  }),
});
