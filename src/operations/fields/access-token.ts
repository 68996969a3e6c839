import { z } from "zod";
import { type Member, roleSchema } from "../../domain/identity.ts";

/** What a sign-in gives: a token for one tenant, and what renews it. */
export const accessTokenSchema = z.object({
  access_token: z.string().describe("Send it as 'Authorization: Bearer …'"),
  token_type: z.literal("bearer"),
  expires_in: z.int().describe("Seconds that the token lives"),
  refresh_token: z
    .string()
    .optional()
    .describe("Give it to refresh_session before then, once: each answer brings the next"),
  refresh_expires_in: z
    .int()
    .optional()
    .describe("Seconds after which the session ends unless it is renewed"),
  tenant_id: z.string(),
  role: roleSchema,
});

export function accessTokenView(signedIn: {
  readonly token: string;
  readonly lifetimeSeconds: number;
  readonly refresh: { readonly token: string; readonly lifetimeSeconds: number } | undefined;
  readonly member: Member;
}): z.input<typeof accessTokenSchema> {
  const { token, lifetimeSeconds, refresh, member } = signedIn;
  return {
    access_token: token,
    token_type: "bearer",
    expires_in: lifetimeSeconds,
    ...(refresh && { refresh_token: refresh.token, refresh_expires_in: refresh.lifetimeSeconds }),
    tenant_id: member.tenantId,
    role: member.role,
  };
}
