import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { apiKeySchema, apiKeyView } from "./fields/api-key.ts";

export const rotateApiKey = defineOperation({
  name: "rotate_api_key",
  title: "Give an API key a new secret",
  description:
    "Gives one of your API keys a new secret, shown once, in this answer. The one before stays good for some hours, in which it " +
    "makes no keys and no secrets; what the key may do stays as it is. A key may rotate itself and what it made.",
  input: z.object({
    id: z.string().min(1).max(100).describe("Id of the key, from list_api_keys"),
    overlap_hours: z
      .int()
      .min(0)
      .max(168)
      .default(24)
      .describe("Hours for which the old secret stays good; 0 when it is in wrong hands"),
  }),
  output: apiKeySchema.extend({ secret: z.string().describe("The key itself, shown only now") }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/api-keys/{id}/rotate" }],
  mcp: false,
  secretAnswer: true,
  cli: {
    command: "token rotate",
    positionals: ["id"],
    example: "promptforge token rotate 0b6f… --overlap-hours 2",
  },
  handler: async (services, { id, overlap_hours }, caller) => {
    const { key, secret } = await services.apiKeys.rotate(caller, id, overlap_hours);
    return { ...apiKeyView(key), secret };
  },
});
