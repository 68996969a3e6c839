import { z } from "zod";
import type { Advice } from "../domain/advice.ts";
import { promptNameSchema } from "../domain/names.ts";
import { changeNoteSchema, descriptionSchema, tagsSchema, titleSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { JSON_FIELDS, newBodyFields } from "./fields/body.ts";
import { savedPromptSchema } from "./fields/saved-prompt.ts";

export const createPrompt = defineOperation({
  name: "create_prompt",
  title: "Create a prompt",
  description:
    "Stores a new prompt as version 1. Without a name one is derived from the title or the content. " +
    "Give content for a text or messages for a chat. If the name is in use, use update_prompt instead. " +
    "Warns when something almost equal is stored already, and of what looks like a secret or is hidden in the text.",
  input: z.object({
    name: promptNameSchema.optional(),
    title: titleSchema.optional(),
    description: descriptionSchema.optional(),
    ...newBodyFields,
    tags: tagsSchema.optional(),
    change_note: changeNoteSchema.optional(),
  }),
  eitherOf: ["content", "messages"],
  output: savedPromptSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/prompts", status: 201 }],
  mcp: true,
  cli: {
    command: "create",
    positionals: ["name"],
    file: "content",
    reads: true,
    json: JSON_FIELDS,
    example: "promptforge create support/triage --file triage.md --tags support,email",
  },
  async handler(services, { change_note, input_schema, ...input }, caller) {
    const created = await services.prompts.create(caller, {
      ...input,
      inputSchema: input_schema,
      changeNote: change_note,
    });
    const advice = await services.prompts.adviceOn(caller, created);
    const names = await services.similarity.duplicatesOf(caller, created);
    return { ...created, warnings: names.length > 0 ? [...advice, nearDuplicate(names)] : advice };
  },
});

function nearDuplicate(names: string[]): Advice {
  const message = `Almost the same is stored already: ${names.join(", ")}. Consider update_prompt there, and archive_prompt here.`;
  return { code: "near_duplicate", message, names };
}
