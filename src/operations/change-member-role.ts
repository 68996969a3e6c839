import { z } from "zod";
import { roleSchema } from "../domain/identity.ts";
import { defineOperation } from "./define-operation.ts";
import { memberNameSchema, memberSchema, memberView } from "./fields/member.ts";

// No tool: a text that a model reads must not be able to talk it into giving rights.
export const changeMemberRole = defineOperation({
  name: "change_member_role",
  title: "Change a member's role",
  description:
    "Gives a member another role, which binds at their next call. The last admin stays admin, and nobody gives more than they hold. " +
    "Invitations that a former admin has made, and nobody has accepted, end.",
  input: z.object({ username: memberNameSchema, role: roleSchema.describe("The new role") }),
  output: memberSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: true },
  rest: [{ method: "patch", path: "/v1/members/{username}" }],
  mcp: "on_demand",
  cli: {
    command: "member role",
    positionals: ["username", "role"],
    example: "promptforge member role grace reviewer",
  },
  handler: async (services, { username, role }, caller) =>
    memberView(await services.members.changeRole(caller, username, role)),
});
