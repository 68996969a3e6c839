import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { memberNameSchema, memberSchema, memberView } from "./fields/member.ts";

export const removeMember = defineOperation({
  name: "remove_member",
  title: "Remove a member",
  description:
    "Ends a membership at once, with the member's API keys and search history in the tenant, and an admin's open invitations. " +
    "What they wrote stays, under their name. The last admin cannot be removed.",
  input: z.object({ username: memberNameSchema }),
  output: memberSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/members/{username}" }],
  mcp: "on_demand",
  cli: { command: "member remove", positionals: ["username"], example: "promptforge member remove grace" },
  handler: async (services, { username }, caller) =>
    memberView(await services.members.remove(caller, username)),
});
