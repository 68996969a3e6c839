import { z } from "zod";
import { foldedUsername } from "../domain/identity.ts";
import { definePublicOperation } from "./define-operation.ts";
import { accessTokenSchema, accessTokenView } from "./fields/access-token.ts";
import { invitationCodeSchema } from "./fields/invitation.ts";

export const login = definePublicOperation({
  name: "login",
  title: "Sign in",
  description:
    "Gives an access token for a username and a password, which lives a few minutes, and a refresh token that renews it; for machines make an API key.",
  input: z.object({
    username: z.string().overwrite(foldedUsername).min(1).max(100).describe("Name that you registered with"),
    password: z.string().min(1).max(1024).describe("Your password"),
    tenant_id: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe("Which of your tenants; the one that you joined first when left out"),
    refresh: z
      .boolean()
      .default(true)
      .describe("false: no refresh token, for a script that signs in each time it runs"),
    invitation: invitationCodeSchema
      .optional()
      .describe("Code of an invitation to accept: the token is for its tenant"),
  }),
  output: accessTokenSchema,
  permission: "public",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/login" }],
  mcp: false,
  handler: async (services, { username, password, tenant_id, invitation, refresh }, call) =>
    accessTokenView(
      await services.authentication.signIn(
        { username, password, tenantId: tenant_id, invitation, withRefreshToken: refresh },
        call,
      ),
    ),
});
