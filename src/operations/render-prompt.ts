import { z } from "zod";
import { messageSchema } from "../domain/chat.ts";
import { labelRefSchema, promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { lockSchema } from "./fields/lock.ts";
import { versionNumberSchema } from "./fields/paging.ts";

/** Ten times what a prompt may take: slips are named, and nobody sends a dictionary. */
const MOST_VALUES = 1_000;

export const renderPrompt = defineOperation({
  name: "render_prompt",
  title: "Render a prompt",
  description:
    "Fills a prompt's arguments and gives the text, or the messages of a chat, ready to use. get_prompt tells which it takes.",
  input: z.object({
    name: promptRefSchema,
    version: versionNumberSchema.optional().describe("A version's number; the latest when left out"),
    label: labelRefSchema.optional(),
    lock: lockSchema.optional(),
    arguments: z
      .record(z.string().max(200), z.unknown())
      .refine(
        (values) => Object.keys(values).length <= MOST_VALUES,
        `At most ${MOST_VALUES} values are taken`,
      )
      .default({})
      .describe("A value for each argument, by its name, as JSON or as text"),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    version: z.int(),
    title: z.string(),
    description: z.string(),
    text: z.string().describe("The prompt with its arguments filled in; of a chat, its messages as one text"),
    messages: z.array(messageSchema).optional().describe("Of a chat prompt"),
    config: z.record(z.string(), z.unknown()).describe("Settings for the model"),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "post", path: "/v1/prompts/{name}/render" }],
  mcp: true,
  cli: {
    command: "render",
    positionals: ["name"],
    example:
      "promptforge render support/triage --arguments product=Tea --arguments ticket='Where is my order?'",
  },
  handler: (services, { name, arguments: values, ...choice }, caller) =>
    services.prompts.render(caller, name, choice, values),
});
