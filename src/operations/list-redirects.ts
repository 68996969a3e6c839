import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listRedirects = defineOperation({
  name: "list_redirects",
  title: "List redirects",
  description: "Gives the names that prompts had and that still find them, of one prompt or of all.",
  input: z.object({
    name: promptRefSchema.optional(),
    limit: limitSchema(100, 500),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({
    items: z.array(
      z.object({
        former_name: z.string(),
        leads_to: z.string().describe("The prompt's name now"),
        since: z.iso.datetime(),
      }),
    ),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/redirects" }],
  mcp: "on_demand",
  cli: {
    command: "redirect list",
    positionals: ["name"],
    example: "promptforge redirect list support/email/triage",
  },
  async handler(services, { name, ...page }, caller) {
    const { items, next_cursor } = await services.renaming.listRedirects(caller, { ...page, ref: name });
    return {
      items: items.map((redirect) => ({
        former_name: redirect.name,
        leads_to: redirect.leadsTo,
        since: redirect.createdAt.toISOString(),
      })),
      next_cursor,
    };
  },
});
