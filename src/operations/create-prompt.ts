import { z } from "zod";
import { promptNameSchema } from "../domain/names.ts";
import {
  changeNoteSchema,
  contentSchema,
  descriptionSchema,
  promptDetailSchema,
  tagsSchema,
  titleSchema,
} from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";

export const createPrompt = defineOperation({
  name: "create_prompt",
  title: "Create a prompt",
  description:
    "Stores a new prompt as version 1. Without a name one is derived from the title or the content. " +
    "{{placeholders}} in the content become arguments. If the name is in use, use update_prompt instead. " +
    "Warns when something almost equal is stored already.",
  input: z.object({
    name: promptNameSchema.optional(),
    title: titleSchema.optional(),
    description: descriptionSchema.optional(),
    content: contentSchema,
    tags: tagsSchema.optional(),
    change_note: changeNoteSchema.optional(),
  }),
  output: promptDetailSchema.extend({
    warnings: z.array(
      z.object({
        code: z.literal("near_duplicate"),
        message: z.string(),
        names: z.array(z.string()).describe("Prompts that are almost equal to the new one"),
      }),
    ),
  }),
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/prompts", status: 201 }],
  mcp: true,
  cli: {
    command: "create",
    positionals: ["name"],
    file: "content",
    example: "promptforge create support/triage --file triage.md --tags support,email",
  },
  async handler(services, { change_note, ...input }, caller) {
    const created = await services.prompts.create(caller, { ...input, changeNote: change_note });
    const names = await services.similarity.duplicatesOf(caller, created);
    return { ...created, warnings: names.length > 0 ? [nearDuplicate(names)] : [] };
  },
});

function nearDuplicate(names: string[]) {
  const message = `Almost the same is stored already: ${names.join(", ")}. Consider update_prompt there, and archive_prompt here.`;
  return { code: "near_duplicate" as const, message, names };
}
