import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const leaveTenant = defineOperation({
  name: "leave_tenant",
  title: "Leave the tenant",
  description:
    "Ends your own membership in this tenant, with your API keys and search history there. The last admin cannot leave. " +
    "Needs an access token, not an API key.",
  input: z.object({}),
  output: membershipSchema,
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/tenants/leave" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "tenant leave", example: "promptforge tenant leave --token ACCESS_TOKEN" },
  handler: async (services, _input, caller) => {
    await services.members.leave(caller);
    return membershipView(caller);
  },
});
