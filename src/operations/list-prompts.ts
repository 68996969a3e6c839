import { z } from "zod";
import { usernameSchema } from "../domain/identity.ts";
import { labelRefSchema } from "../domain/names.ts";
import { folderSchema, promptListItemSchema, tagSchema } from "../domain/prompt.ts";
import { BY_USE, PROMPT_ORDERS } from "../domain/prompt-order.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listPrompts = defineOperation({
  name: "list_prompts",
  title: "List prompts",
  description:
    "Lists the prompts that are not archived, page by page, by tag, label, folder, author or words they contain. " +
    "To find a prompt by what it is about, use search_prompts.",
  input: z.object({
    query: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .optional()
      .describe("Only prompts that contain all of these words, or words that begin so"),
    tag: tagSchema.optional().describe("Only prompts with this tag"),
    label: labelRefSchema.optional().describe("Only prompts with this label, at the version it points to"),
    folder: folderSchema.optional(),
    author: usernameSchema.optional().describe("Only prompts made by this user"),
    archived: z.boolean().default(false).describe("Only archived prompts"),
    favourites: z.boolean().default(false).describe("Only prompts that you have pinned"),
    sort: z
      .enum([...PROMPT_ORDERS, BY_USE])
      .default("name")
      .describe("'-': descending; use: favourites and most used first"),
    limit: limitSchema(50, 500),
    cursor: cursorSchema.optional(),
    include_content: z
      .boolean()
      .default(false)
      .describe("Give each prompt's content, too; then at most 100 a page"),
  }),
  output: z.object({ items: z.array(promptListItemSchema), next_cursor: nextCursorSchema }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompts" }],
  mcp: true,
  cli: {
    command: "list",
    positionals: ["query"],
    example: "promptforge list --tag support --sort -updated_at",
  },
  handler: (services, { include_content, ...listing }, caller) =>
    services.prompts.list(caller, { ...listing, includeContent: include_content }),
});
