import { z } from "zod";
import { definePublicOperation } from "./define-operation.ts";
import { invitationCodeSchema, invitationSchema, invitationView } from "./fields/invitation.ts";

export const previewInvitation = definePublicOperation({
  name: "preview_invitation",
  title: "Look at an invitation",
  description:
    "Tells whoever holds an invitation's code what it offers: tenant, role, inviter. It is not used up by that.",
  input: z.object({ code: invitationCodeSchema }),
  output: invitationSchema.omit({ id: true }).extend({
    tenant: z.string().describe("Name of the tenant"),
    inviter: z.string().describe("Username"),
  }),
  permission: "public",
  effects: { readOnly: true, destructive: false, idempotent: true },
  // The code goes in a body: what stands in an address is kept by logs and histories.
  rest: [{ method: "post", path: "/v1/invitations/preview" }],
  mcp: false,
  handler: async (services, { code }) => {
    const { invitation, tenantName, inviter } = await services.invitations.preview(code);
    return { ...invitationView(invitation), tenant: tenantName, inviter };
  },
});
