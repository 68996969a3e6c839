import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listTags = defineOperation({
  name: "list_tags",
  title: "List tags",
  description:
    "Gives the tags in use, with how many prompts have each. list_prompts with tag gives the prompts.",
  input: z.object({
    prefix: z.string().trim().toLowerCase().max(50).default("").describe("Only tags that begin so"),
    limit: limitSchema(100, 500),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({
    items: z.array(z.object({ tag: z.string(), prompts: z.int() })),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/tags" }],
  mcp: "on_demand",
  cli: { command: "tag list", positionals: ["prefix"], example: "promptforge tag list" },
  handler: (services, query, caller) => services.tags.list(caller, query),
});
