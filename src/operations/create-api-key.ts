import { z } from "zod";
import { roleSchema } from "../domain/identity.ts";
import { LINE, NOT_A_LINE } from "../domain/plain-text.ts";
import { SCOPES } from "../domain/roles.ts";
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
    role: roleSchema
      .optional()
      .describe("The most that the key may do; your own role, or the key's that makes it, when left out"),
    scopes: z
      .array(z.enum(SCOPES))
      .min(1)
      .max(SCOPES.length)
      .optional()
      .describe(
        "What it is narrowed to: such a key does nothing of yours, like making keys or reading your search history",
      ),
    agent: z
      .boolean()
      .optional()
      .describe("true: for an agent, a program that decides by itself; it never approves anything"),
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
  secretAnswer: true,
  cli: {
    command: "token create",
    positionals: ["name"],
    example: "promptforge token create laptop --scopes prompts:read --expires-in-days 90",
  },
  handler: async (services, { name, role, scopes, agent, expires_in_days }, caller) => {
    const { key, secret } = await services.apiKeys.create(caller, {
      name,
      role,
      scopes,
      agent,
      expiresInDays: expires_in_days,
    });
    return { ...apiKeyView(key), secret };
  },
});
