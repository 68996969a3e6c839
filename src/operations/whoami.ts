import { z } from "zod";
import { roleSchema } from "../domain/identity.ts";
import { PERMISSIONS } from "../domain/roles.ts";
import { defineOperation } from "./define-operation.ts";

export const whoami = defineOperation({
  name: "whoami",
  title: "Who am I",
  description: "Tells who you are signed in as: user, tenant, role, and what your credential may do.",
  input: z.object({}),
  output: z.object({
    user_id: z.string(),
    username: z.string(),
    tenant_id: z.string(),
    tenant: z.string().describe("Name of the tenant"),
    role: roleSchema,
    permissions: z.array(z.enum(PERMISSIONS)),
    credential: z.enum(["access_token", "api_key", "provider_token"]),
  }),
  permission: "self",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/whoami" }],
  mcp: true,
  whileEnding: true,
  cli: { command: "whoami", example: "promptforge whoami" },
  handler: async (_services, _input, caller) => ({
    user_id: caller.userId,
    username: caller.username,
    tenant_id: caller.tenantId,
    tenant: caller.tenantName,
    role: caller.role,
    permissions: [...caller.permissions],
    credential: caller.credential,
  }),
});
