import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { newUsernameSchema, roleSchema, tenantNameSchema } from "../domain/identity.ts";
import { definePublicOperation } from "./define-operation.ts";
import { invitationCodeSchema } from "./fields/invitation.ts";

export const register = definePublicOperation({
  name: "register",
  title: "Register",
  description:
    "Makes an account and founds a tenant of one's own, as its admin; with an invitation it joins that one's tenant instead. A role cannot be asked for.",
  input: z.object({
    username: newUsernameSchema,
    password: z.string().max(1024).describe("8 to 256 characters, not a common one"),
    tenant: tenantNameSchema.optional().describe("Name of the tenant to found; the username when left out"),
    invitation: invitationCodeSchema
      .optional()
      .describe("Code of an invitation: joins its tenant, with its role, instead of founding one"),
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
  handler: async (services, { tenant, invitation, ...account }, call) => {
    const { registration } = services;
    if (invitation !== undefined && tenant !== undefined) {
      throw new AppError(
        "invalid_input",
        "Give either an invitation, to join its tenant, or the name of a tenant to found.",
      );
    }
    const member =
      invitation === undefined
        ? await registration.register({ ...account, tenantName: tenant }, call)
        : await registration.join(account, invitation, call);
    return {
      user_id: member.userId,
      username: member.username,
      tenant_id: member.tenantId,
      tenant: member.tenantName,
      role: member.role,
    };
  },
});
