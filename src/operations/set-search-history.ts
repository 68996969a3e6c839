import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const setSearchHistory = defineOperation({
  name: "set_search_history",
  title: "Switch my search history on or off",
  description:
    "Decides whether your searches are kept from now on. What was kept before stays until it is too old or cleared.",
  input: z.object({ enabled: z.boolean().describe("true or false: whether your searches are kept") }),
  output: z.object({ enabled: z.boolean() }),
  permission: "account",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "put", path: "/v1/search/history/settings" }],
  mcp: false,
  cli: { command: "history set", positionals: ["enabled"], example: "promptforge history set false" },
  handler: async (services, { enabled }, caller) => {
    await services.searchHistory.setEnabled(caller, enabled);
    return { enabled };
  },
});
