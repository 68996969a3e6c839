import { z } from "zod";
import { tenantNameSchema } from "../domain/identity.ts";
import { defineOperation } from "./define-operation.ts";
import { membershipSchema, membershipView } from "./fields/member.ts";

export const renameTenant = defineOperation({
  name: "rename_tenant",
  title: "Rename the tenant",
  description: "Gives your tenant another name. Names need not be unique: nothing is found by them.",
  input: z.object({ name: tenantNameSchema.describe("The new name") }),
  output: membershipSchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "patch", path: "/v1/tenants/current" }],
  mcp: "on_demand",
  cli: { command: "tenant rename", positionals: ["name"], example: "promptforge tenant rename 'Support'" },
  handler: async (services, { name }, caller) => {
    await services.tenants.rename(caller, name);
    return membershipView({ ...caller, tenantName: name });
  },
});
