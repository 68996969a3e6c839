import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const clearSearchHistory = defineOperation({
  name: "clear_search_history",
  title: "Clear my search history",
  description: "Deletes all of your own past searches, for good.",
  input: z.object({}),
  output: z.object({ deleted: z.int() }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: true },
  rest: [{ method: "delete", path: "/v1/search/history" }],
  mcp: "on_demand",
  cli: { command: "history clear", example: "promptforge history clear" },
  handler: async (services, _input, caller) => ({ deleted: await services.searchHistory.clear(caller) }),
});
