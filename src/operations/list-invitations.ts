import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { listedInvitationSchema, listedInvitationView } from "./fields/invitation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listInvitations = defineOperation({
  name: "list_invitations",
  title: "List open invitations",
  description:
    "Lists the invitations to your tenant that can still be accepted, newest first; never their codes.",
  input: z.object({ limit: limitSchema(50), cursor: cursorSchema.optional() }),
  output: z.object({
    items: z.array(listedInvitationSchema),
    next_cursor: nextCursorSchema,
  }),
  permission: "tenant:admin",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/invitations" }],
  mcp: "on_demand",
  cli: { command: "invitation list", example: "promptforge invitation list" },
  handler: async (services, page, caller) => {
    const { items, next_cursor } = await services.invitations.list(caller, page);
    return { items: items.map(listedInvitationView), next_cursor };
  },
});
