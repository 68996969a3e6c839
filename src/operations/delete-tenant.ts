import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const deleteTenant = defineOperation({
  name: "delete_tenant",
  title: "Delete the tenant",
  description:
    "Deletes your tenant with everything in it: prompts and their history, members, keys, invitations, audit. For some days (7 unless " +
    "the operator says otherwise) nothing of it is served and an admin can still export it or take this back; then it is gone. Needs an access token, not an API key.",
  input: z.object({ confirm: z.string().max(100).describe("The tenant's name, typed exactly as it is") }),
  output: membershipSchema.extend({ ends_at: z.iso.datetime().describe("When it is gone") }),
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/tenants/current/deletion" }],
  mcp: false,
  whileEnding: true,
  cli: {
    command: "tenant delete",
    positionals: ["confirm"],
    example: "promptforge tenant delete 'Support team' --token ACCESS_TOKEN",
  },
  handler: async (services, { confirm }, caller) => {
    const endsAt = await services.leaving.deleteTenant(caller, confirm);
    return { ...membershipView(caller), ends_at: endsAt.toISOString() };
  },
});
