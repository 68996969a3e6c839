import { z } from "zod";
import { roleSchema } from "../domain/identity.ts";
import { LINE, NOT_A_LINE } from "../domain/plain-text.ts";
import { defineOperation } from "./define-operation.ts";
import { apiKeySchema, apiKeyView } from "./fields/api-key.ts";

export const createApiKey = defineOperation({
  name: "create_api_key",
  title: "Create an API key",
  description:
    "Makes a key for a machine or an MCP client. Its secret is shown once, in this answer, and cannot be read again. A key made with a key ends with that one.",
  input: z.object({
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(LINE, NOT_A_LINE)
      .describe("What the key is for, such as 'laptop'"),
    role: roleSchema.optional().describe("The most that the key may do; your own role when left out"),
    expires_in_days: z
      .int()
      .min(1)
      .max(3650)
      .optional()
      .describe("Days until it stops working; when left out never, or with the key that makes it"),
  }),
  output: apiKeySchema.extend({ secret: z.string().describe("The key itself, shown only now") }),
  permission: "account",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/api-keys", status: 201 }],
  mcp: false,
  cli: {
    command: "token create",
    positionals: ["name"],
    example: "promptforge token create laptop --role viewer --expires-in-days 90",
  },
  handler: async (services, { name, role, expires_in_days }, caller) => {
    const { key, secret } = await services.apiKeys.create(caller, {
      name,
      role,
      expiresInDays: expires_in_days,
    });
    return { ...apiKeyView(key), secret };
  },
});
