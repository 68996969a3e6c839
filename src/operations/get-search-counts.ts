import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const getSearchCounts = defineOperation({
  name: "get_search_counts",
  title: "Count searches",
  description:
    "Counts the searches in your tenant by day and user, and those that found nothing; never what was searched. " +
    "Only searches that are kept count: not those of users who switched their history off or cleared it.",
  input: z.object({
    days: z.int().min(1).max(366).default(30).describe("How many days (UTC), today included"),
    limit: limitSchema(100, 1000),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({
    items: z.array(
      z.object({
        day: z.iso.date(),
        username: z.string(),
        searches: z.int(),
        without_hits: z.int(),
      }),
    ),
    next_cursor: nextCursorSchema,
  }),
  permission: "tenant:admin",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/search/counts" }],
  mcp: "on_demand",
  cli: { command: "history counts", example: "promptforge history counts --days 7" },
  handler: async (services, query, caller) => {
    const { items, next_cursor } = await services.searchHistory.counts(caller, query);
    return {
      items: items.map(({ day, username, searches, withoutHits }) => ({
        day,
        username,
        searches,
        without_hits: withoutHits,
      })),
      next_cursor,
    };
  },
});
