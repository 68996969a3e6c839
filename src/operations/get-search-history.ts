import { z } from "zod";
import { searchRecordSchema, searchRecordView } from "../domain/search-history.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const getSearchHistory = defineOperation({
  name: "get_search_history",
  title: "Get my search history",
  description:
    "Gives your own past searches, newest first: query, filters, hits, what you opened; and whether they are kept.",
  input: z.object({ limit: limitSchema(20), cursor: cursorSchema.optional() }),
  output: z.object({
    enabled: z.boolean(),
    items: z.array(searchRecordSchema),
    next_cursor: nextCursorSchema,
  }),
  permission: "account",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/search/history" }],
  mcp: true,
  cli: { command: "history list", example: "promptforge history list --limit 50" },
  handler: async (services, page, caller) => {
    const history = await services.searchHistory.list(caller, page);
    return { ...history, items: history.items.map(searchRecordView) };
  },
});
