import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { invitationSchema, invitationView } from "./fields/invitation.ts";

export const revokeInvitation = defineOperation({
  name: "revoke_invitation",
  title: "Revoke an invitation",
  description: "Ends an invitation that nobody has accepted yet. Its code is worth nothing from then on.",
  input: z.object({ id: z.string().min(1).max(100).describe("Id of the invitation, from list_invitations") }),
  output: invitationSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/invitations/{id}" }],
  mcp: "on_demand",
  cli: {
    command: "invitation revoke",
    positionals: ["id"],
    example: "promptforge invitation revoke 0b6f…",
  },
  handler: async (services, { id }, caller) => invitationView(await services.invitations.revoke(caller, id)),
});
