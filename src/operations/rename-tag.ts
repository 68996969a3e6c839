import { z } from "zod";
import { tagSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";

export const renameTag = defineOperation({
  name: "rename_tag",
  title: "Rename a tag",
  description:
    "Renames a tag on all prompts of the tenant, archived ones too. Into a tag that is there already: the two become one.",
  input: z.object({
    from: tagSchema.describe("The tag as it is"),
    to: tagSchema.describe("The tag as it shall be"),
  }),
  output: z.object({ from: z.string(), to: z.string(), prompts: z.int().describe("How many had it") }),
  permission: "prompts:write",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/tags/rename" }],
  mcp: "on_demand",
  cli: { command: "tag rename", positionals: ["from", "to"], example: "promptforge tag rename mails email" },
  handler: async (services, { from, to }, caller) => ({
    from,
    to,
    prompts: await services.tags.rename(caller, from, to),
  }),
});
