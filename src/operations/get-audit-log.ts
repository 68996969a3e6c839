import { z } from "zod";
import { auditEntrySchema, auditEntryView } from "../domain/audit.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";
import { timeSchema } from "./fields/time.ts";

const text = z.string().trim().min(1).max(200);

export const getAuditLog = defineOperation({
  name: "get_audit_log",
  title: "Get the audit log",
  description:
    "Gives who changed what in the tenant, newest first: operation, person, key, target, time. For admins. Reads are not in it.",
  input: z.object({
    operation: text.optional().describe("Only this operation, by its name in the log"),
    user: text.optional().describe("Only what this username did"),
    target_kind: text.optional().describe("Only this kind of target, such as prompt or api_key"),
    target: text.optional().describe("Only the target with this id or name"),
    since: timeSchema("Only what was done at this time or later").optional(),
    until: timeSchema("Only what was done before this time").optional(),
    limit: limitSchema(50, 500),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({ items: z.array(auditEntrySchema), next_cursor: nextCursorSchema }),
  permission: "tenant:admin",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/audit" }],
  mcp: true,
  cli: {
    command: "audit list",
    example: "promptforge audit list --user ada --since 2026-01-31",
  },
  handler: async (services, { target_kind, since, until, ...query }, caller) => {
    const { items, next_cursor } = await services.audit.list(caller, {
      ...query,
      targetKind: target_kind,
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
    });
    return { items: items.map(auditEntryView), next_cursor };
  },
});
