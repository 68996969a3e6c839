import { z } from "zod";
import { labelRefSchema, promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { lockSchema } from "./fields/lock.ts";
import { versionNumberSchema } from "./fields/paging.ts";

export const resolvePrompt = defineOperation({
  name: "resolve_prompt",
  title: "Resolve what a prompt includes",
  description:
    "Shows what a prompt includes by {{> name@label}}, directly and through others, at which versions; and the lock by which " +
    "render_prompt gives the same text again, wherever labels move.",
  input: z.object({
    name: promptRefSchema,
    version: versionNumberSchema.optional().describe("A version's number; the latest when left out"),
    label: labelRefSchema.optional(),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    version: z.int(),
    text: z.string().describe("The tree, to read"),
    includes: z
      .array(
        z.object({
          depth: z.int().describe("1: included by the prompt itself"),
          include: z.string().describe("As it is asked for"),
          name: z.string(),
          version: z.int(),
          repeated: z.boolean().describe("Shown before, with what it includes"),
        }),
      )
      .describe("The tree, from top to bottom"),
    lock: lockSchema,
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompts/{name}/resolve" }],
  mcp: "on_demand",
  cli: {
    command: "resolve",
    positionals: ["name"],
    example: "promptforge resolve support/reply --label production",
  },
  handler: (services, { name, ...choice }, caller) => services.prompts.resolve(caller, name, choice),
});
