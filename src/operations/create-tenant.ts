import { z } from "zod";
import { tenantNameSchema } from "../domain/identity.ts";
import { defineOperation } from "./define-operation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const createTenant = defineOperation({
  name: "create_tenant",
  title: "Found another tenant",
  description:
    "Founds a tenant of which you are the admin; switch_tenant takes you there. It sees nothing of this one. Needs an access token, not an API key.",
  input: z.object({ name: tenantNameSchema.describe("Name of the tenant") }),
  output: membershipSchema,
  permission: "account",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/tenants", status: 201 }],
  mcp: false,
  whileEnding: true,
  cli: {
    command: "tenant create",
    positionals: ["name"],
    example: "promptforge tenant create 'Support team' --token ACCESS_TOKEN",
  },
  handler: async (services, { name }, caller) => membershipView(await services.tenants.create(caller, name)),
});
