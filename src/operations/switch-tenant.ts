import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { accessTokenSchema, accessTokenView } from "./fields/access-token.ts";

export const switchTenant = defineOperation({
  name: "switch_tenant",
  title: "Switch to another tenant",
  description:
    "Goes on in another of your tenants: a session there that ends when this one would. This one stays good for its own tenant. Needs an access token, not an API key.",
  input: z.object({
    tenant_id: z.string().min(1).max(100).describe("Id of the tenant, from list_tenants"),
  }),
  output: accessTokenSchema,
  permission: "account",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/tenants/switch" }],
  mcp: false,
  secretAnswer: true,
  whileEnding: true,
  cli: {
    command: "tenant switch",
    positionals: ["tenant_id"],
    example: "promptforge tenant switch 3f1c… --token ACCESS_TOKEN",
  },
  handler: async (services, { tenant_id }, caller) =>
    accessTokenView(await services.tenants.switchTo(caller, tenant_id)),
});
