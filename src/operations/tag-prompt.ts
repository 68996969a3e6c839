import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { promptSchema, tagsSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";

export const tagPrompt = defineOperation({
  name: "tag_prompt",
  title: "Tag a prompt",
  description: "Adds tags to a prompt and removes others. No new version is made.",
  input: z.object({
    name: promptRefSchema,
    add: tagsSchema.default([]).describe("Tags to add"),
    remove: tagsSchema.default([]).describe("Tags to remove"),
  }),
  output: promptSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "post", path: "/v1/prompts/{name}/tags" }],
  mcp: "on_demand",
  cli: {
    command: "tag change",
    positionals: ["name"],
    example: "promptforge tag change support/triage --add email,urgent --remove draft",
  },
  handler: (services, { name, ...change }, caller) => services.tags.change(caller, name, change),
});
