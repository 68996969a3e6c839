import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { invitationCodeSchema } from "./fields/invitation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const acceptInvitation = defineOperation({
  name: "accept_invitation",
  title: "Accept an invitation",
  description:
    "Makes you a member of another tenant, with the role that the invitation carries; switch_tenant takes you there. Who has no " +
    "account yet registers with the code instead. Needs an access token, not an API key.",
  input: z.object({ code: invitationCodeSchema }),
  output: membershipSchema,
  permission: "account",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/invitations/accept" }],
  mcp: false,
  whileEnding: true,
  cli: {
    command: "invitation accept",
    positionals: ["code"],
    example: "promptforge invitation accept pfinvite_… --token ACCESS_TOKEN",
  },
  handler: async (services, { code }, caller) =>
    membershipView(await services.invitations.accept(caller, code)),
});
