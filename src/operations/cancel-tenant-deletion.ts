import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const cancelTenantDeletion = defineOperation({
  name: "cancel_tenant_deletion",
  title: "Keep the tenant after all",
  description:
    "Takes the deletion of your tenant back, as long as it is not gone: everything is served again.",
  input: z.object({}),
  output: membershipSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "delete", path: "/v1/tenants/current/deletion" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "tenant keep", example: "promptforge tenant keep" },
  handler: async (services, _input, caller) => {
    await services.leaving.cancel(caller);
    return membershipView(caller);
  },
});
