import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { apiKeySchema, apiKeyView } from "./fields/api-key.ts";

export const revokeApiKey = defineOperation({
  name: "revoke_api_key",
  title: "Revoke an API key",
  description:
    "Ends one of your API keys, and those made with it: they are refused from the next call on. This cannot be undone. " +
    "A key may end itself and what it made; to end others, sign in.",
  input: z.object({ id: z.string().min(1).max(100).describe("Id of the key, from list_api_keys") }),
  output: apiKeySchema,
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/api-keys/{id}" }],
  mcp: false,
  cli: { command: "token revoke", positionals: ["id"], example: "promptforge token revoke 0b6f…" },
  handler: async (services, { id }, caller) => apiKeyView(await services.apiKeys.revoke(caller, id)),
});
