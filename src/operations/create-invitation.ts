import { z } from "zod";
import { roleSchema } from "../domain/identity.ts";
import { emailSchema } from "../domain/invitation.ts";
import { defineOperation } from "./define-operation.ts";
import { invitationSchema, invitationView } from "./fields/invitation.ts";

export const createInvitation = defineOperation({
  name: "create_invitation",
  title: "Invite somebody",
  description:
    "Asks somebody into your tenant with a role. The code is used once, by whoever has it: hand it only to the one you mean. " +
    "With an e-mail address nobody who is known by another one can accept it; where the server sends mail the code goes there, and nowhere else.",
  input: z.object({
    role: roleSchema.describe("Role that the invitation gives; not more than yours"),
    email: emailSchema.optional().describe("E-mail address of the only person who may accept it"),
    expires_in_days: z.int().min(1).max(90).default(7).describe("Days until it ends"),
  }),
  output: invitationSchema.extend({
    code: z.string().nullable().describe("What accepts it, shown only now; null where it is mailed"),
    link: z.string().nullable().describe("Page on which it is accepted; null where it is mailed"),
  }),
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/invitations", status: 201 }],
  mcp: false,
  secretAnswer: true,
  cli: {
    command: "invitation create",
    positionals: ["role"],
    example: "promptforge invitation create developer --email grace@example.com",
  },
  handler: async (services, { role, email, expires_in_days }, caller) => {
    const { invitation, shown } = await services.invitations.create(caller, {
      role,
      email,
      expiresInDays: expires_in_days,
    });
    return { ...invitationView(invitation), code: shown?.code ?? null, link: shown?.link ?? null };
  },
});
