import { z } from "zod";
import { roleSchema } from "../../domain/identity.ts";
import type { Invitation } from "../../domain/invitation.ts";
import type { ListedInvitation } from "../../services/invitations.ts";

/** An invitation as the tenant's admins see it: never its code. */
export const invitationSchema = z.object({
  id: z.string(),
  role: roleSchema.describe("Role that it gives"),
  email: z.string().nullable().describe("The only address whose owner may accept it"),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});

export function invitationView(invitation: Invitation): z.infer<typeof invitationSchema> {
  return {
    id: invitation.id,
    role: invitation.role,
    email: invitation.email ?? null,
    created_at: invitation.createdAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
  };
}

export const listedInvitationSchema = invitationSchema.extend({
  inviter: z.string().describe("Username"),
  mail: z
    .enum(["waiting", "failing", "sent"])
    .nullable()
    .describe("Where its mail is; null where none is sent"),
});

export function listedInvitationView(item: ListedInvitation): z.infer<typeof listedInvitationSchema> {
  return { ...invitationView(item), inviter: item.inviter, mail: item.mail ?? null };
}

export const invitationCodeSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .describe("Code of the invitation, from its link or mail");
