import { z } from "zod";
import { folderPathSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listFolders = defineOperation({
  name: "list_folders",
  title: "List folders",
  description:
    "Gives the folders right below one, or the outermost, with how many prompts each holds. list_prompts with folder gives the prompts.",
  input: z.object({
    folder: folderPathSchema.optional().describe("The folder to look into, such as support"),
    limit: limitSchema(100, 500),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({
    items: z.array(
      z.object({
        folder: z.string().describe("Its whole path"),
        prompts: z.int().describe("In it and in the folders below"),
      }),
    ),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/folders" }],
  mcp: "on_demand",
  cli: { command: "folders", positionals: ["folder"], example: "promptforge folders support" },
  handler: (services, { folder = "", ...page }, caller) => services.folders.list(caller, { ...page, folder }),
});
