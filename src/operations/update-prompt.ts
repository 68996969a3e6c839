import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { changeNoteSchema, descriptionSchema, tagsSchema, titleSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { changedBodyFields, JSON_FIELDS } from "./fields/body.ts";
import { versionNumberSchema } from "./fields/paging.ts";
import { savedPromptSchema } from "./fields/saved-prompt.ts";

export const updatePrompt = defineOperation({
  name: "update_prompt",
  title: "Update a prompt",
  description:
    "Adds a new version to a prompt; older versions stay as they are. Fields that are left out keep their value. " +
    "Give expected_version to make sure that nobody else changed the prompt since you read it.",
  input: z.object({
    name: promptRefSchema,
    ...changedBodyFields,
    title: titleSchema.optional(),
    description: descriptionSchema.optional(),
    tags: tagsSchema.optional(),
    change_note: changeNoteSchema.optional(),
    expected_version: versionNumberSchema
      .optional()
      .describe("The version you read; another one by now is refused"),
  }),
  eitherOf: ["content", "messages"],
  output: savedPromptSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [
    { method: "patch", path: "/v1/prompts/{name}", ifMatch: "expected_version" },
    { method: "put", path: "/v1/prompts/{name}", ifMatch: "expected_version" },
  ],
  mcp: true,
  cli: {
    command: "update",
    positionals: ["name"],
    file: "content",
    json: JSON_FIELDS,
    example: "promptforge update support/triage --file triage.md --change-note 'Ask for the order number'",
  },
  async handler(services, { name, change_note, expected_version, input_schema, ...input }, caller) {
    const saved = await services.prompts.update(caller, {
      ...input,
      ref: name,
      inputSchema: input_schema,
      changeNote: change_note,
      expectedVersion: expected_version,
    });
    return { ...saved, warnings: await services.prompts.adviceOn(caller, saved) };
  },
});
