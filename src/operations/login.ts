import { z } from "zod";
import { roleSchema } from "../domain/identity.ts";
import { definePublicOperation } from "./define-operation.ts";

export const login = definePublicOperation({
  name: "login",
  title: "Sign in",
  description:
    "Gives an access token for a username and a password. It lives a few minutes; for machines make an API key.",
  input: z.object({
    username: z.string().trim().toLowerCase().min(1).max(100).describe("Name that you registered with"),
    password: z.string().min(1).max(1024).describe("Your password"),
  }),
  output: z.object({
    access_token: z.string().describe("Send it as 'Authorization: Bearer …'"),
    token_type: z.literal("bearer"),
    expires_in: z.int().describe("Seconds that the token lives"),
    tenant_id: z.string(),
    role: roleSchema,
  }),
  permission: "public",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/login" }],
  mcp: false,
  handler: async (services, { username, password }, { address }) => {
    const { token, lifetimeSeconds, member } = await services.authentication.signIn(
      username,
      password,
      address,
    );
    return {
      access_token: token,
      token_type: "bearer" as const,
      expires_in: lifetimeSeconds,
      tenant_id: member.tenantId,
      role: member.role,
    };
  },
});
