import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { apiKeySchema, apiKeyView } from "./fields/api-key.ts";

export const revokeTenantKey = defineOperation({
  name: "revoke_tenant_key",
  title: "Revoke anybody's API key",
  description:
    "Ends an API key of anybody in the tenant, and those made with it: they are refused from the next call on. This cannot be undone.",
  input: z.object({ id: z.string().min(1).max(100).describe("Id of the key, from list_tenant_keys") }),
  output: apiKeySchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/tenant/api-keys/{id}" }],
  mcp: false,
  cli: {
    command: "token revoke-any",
    positionals: ["id"],
    example: "promptforge token revoke-any 0b6f…",
  },
  handler: async (services, { id }, caller) => apiKeyView(await services.apiKeys.revokeAny(caller, id)),
});
