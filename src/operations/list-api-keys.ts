import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { apiKeySchema, apiKeyView } from "./fields/api-key.ts";

export const listApiKeys = defineOperation({
  name: "list_api_keys",
  title: "List API keys",
  description:
    "Lists your API keys that are not revoked, newest first; of each secret only its first characters.",
  input: z.object({}),
  output: z.object({ items: z.array(apiKeySchema) }),
  permission: "account",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/api-keys" }],
  mcp: false,
  cli: { command: "token list", example: "promptforge token list" },
  handler: async (services, _input, caller) => ({
    items: (await services.apiKeys.list(caller)).map(apiKeyView),
  }),
});
