import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { versionSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const getVersions = defineOperation({
  name: "get_versions",
  title: "Get a prompt's versions",
  description:
    "Gives the history of a prompt, newest version first: content, author, change note and time of each.",
  input: z.object({ name: promptRefSchema, limit: limitSchema(20), cursor: cursorSchema.optional() }),
  output: z.object({
    id: z.string().describe("Id of the prompt"),
    name: z.string().describe("Name of the prompt"),
    items: z.array(versionSchema),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompts/{name}/versions" }],
  mcp: true,
  cli: { command: "versions", positionals: ["name"], example: "promptforge versions support/triage" },
  handler: (services, { name, limit, cursor }, caller) =>
    services.versions.list(caller, { ref: name, limit, cursor }),
});
