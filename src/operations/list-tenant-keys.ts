import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { ownedKeySchema, ownedKeyView } from "./fields/api-key.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listTenantKeys = defineOperation({
  name: "list_tenant_keys",
  title: "List the tenant's API keys",
  description:
    "Lists everybody's API keys in the tenant that are not revoked, newest first; of each secret only its first characters.",
  input: z.object({ limit: limitSchema(50, 500), cursor: cursorSchema.optional() }),
  output: z.object({ items: z.array(ownedKeySchema), next_cursor: nextCursorSchema }),
  permission: "tenant:admin",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/tenant/api-keys" }],
  mcp: "on_demand",
  cli: { command: "token list-all", example: "promptforge token list-all" },
  handler: async (services, page, caller) => {
    const { items, next_cursor } = await services.apiKeys.listAll(caller, page);
    return { items: items.map(ownedKeyView), next_cursor };
  },
});
