import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { memberEntrySchema, memberEntryView } from "./fields/member.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listMembers = defineOperation({
  name: "list_members",
  title: "List members",
  description: "Lists who belongs to your tenant, with their roles, in the order of their usernames.",
  input: z.object({ limit: limitSchema(50), cursor: cursorSchema.optional() }),
  output: z.object({ items: z.array(memberEntrySchema), next_cursor: nextCursorSchema }),
  permission: "tenant:admin",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/members" }],
  mcp: "on_demand",
  cli: { command: "member list", example: "promptforge member list" },
  handler: async (services, page, caller) => {
    const { items, next_cursor } = await services.members.list(caller, page);
    return { items: items.map(memberEntryView), next_cursor };
  },
});
