import { z } from "zod";
import { roleSchema, usernameSchema } from "../domain/identity.ts";
import { LINE, NOT_A_LINE } from "../domain/plain-text.ts";
import { definePublicOperation } from "./define-operation.ts";

export const register = definePublicOperation({
  name: "register",
  title: "Register",
  description:
    "Makes an account and founds a tenant of one's own, as its admin. To join somebody else's tenant one is invited; a role cannot be asked for.",
  input: z.object({
    username: usernameSchema,
    password: z.string().max(1024).describe("8 to 256 characters, not a common one"),
    tenant: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(LINE, NOT_A_LINE)
      .optional()
      .describe("Name of the tenant; the username when left out"),
  }),
  output: z.object({
    user_id: z.string(),
    username: z.string(),
    tenant_id: z.string(),
    tenant: z.string(),
    role: roleSchema,
  }),
  permission: "public",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/register", status: 201 }],
  mcp: false,
  handler: async (services, { username, password, tenant }, call) => {
    const member = await services.registration.register({ username, password, tenantName: tenant }, call);
    return {
      user_id: member.userId,
      username: member.username,
      tenant_id: member.tenantId,
      tenant: member.tenantName,
      role: member.role,
    };
  },
});
