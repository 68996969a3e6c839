import { z } from "zod";
import { promptNameSchema, promptRefSchema } from "../domain/names.ts";
import { promptSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";

export const renamePrompt = defineOperation({
  name: "rename_prompt",
  title: "Rename a prompt",
  description:
    "Gives a prompt another name or folder. The old name still finds it until another prompt takes it or remove_redirect ends that.",
  input: z.object({
    name: promptRefSchema,
    new_name: promptNameSchema.describe("With its folder"),
    redirect: z.boolean().default(true).describe("The old name still finds it"),
  }),
  output: promptSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/prompts/{name}/rename" }],
  mcp: true,
  cli: {
    command: "rename",
    positionals: ["name", "new_name"],
    example: "promptforge rename support/triage support/email/triage",
  },
  handler: (services, { name, new_name, redirect }, caller) =>
    services.renaming.rename(caller, name, { name: new_name, redirect }),
});
