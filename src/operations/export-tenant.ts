import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, nextCursorSchema } from "./fields/paging.ts";

export const exportTenant = defineOperation({
  name: "export_tenant",
  title: "Export the tenant",
  description:
    "Gives all that your tenant has, page by page: tenant, members, open invitations, keys without their secrets, prompts with all " +
    "versions, moves of labels, reviews, and the audit. The last record has the kind `end`.",
  input: z.object({ cursor: cursorSchema.optional() }),
  output: z.object({
    items: z.array(z.record(z.string(), z.unknown())).describe("Records, each with its `kind`"),
    next_cursor: nextCursorSchema,
  }),
  permission: "tenant:admin",
  // It holds every prompt.
  alsoNeeds: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/tenants/current/export" }],
  mcp: false,
  callClass: "import",
  whileEnding: true,
  handler: (services, { cursor }, caller) => services.tenantExport.page(caller, cursor),
});
