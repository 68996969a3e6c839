import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { renderPrompt } from "./render-prompt.ts";

const { name, version, label, lock, arguments: values } = renderPrompt.input.shape;

export const usePrompt = defineOperation({
  name: "use_prompt",
  title: "Use a prompt",
  description:
    "Finds the prompt that fits a task, fills it and gives the text to follow, in one call; why says which version was " +
    "chosen and the reason. Without version or label it takes the one at production, or else the latest. When nothing " +
    "fits, found is false. Missing arguments are named: call again with them.",
  input: z.object({
    task: z
      .string()
      .trim()
      .min(1)
      .max(2000)
      .optional()
      .describe("What the prompt is needed for, in your own words; leave out when you give name"),
    name: name.optional(),
    version: version.describe("A version's number; the one at production, or else the latest, when left out"),
    label,
    lock,
    arguments: values,
  }),
  output: renderPrompt.output.partial().extend({
    found: z.boolean().describe("False when nothing fits the task"),
    why: z.string().describe("Why this prompt and this version"),
    label: z.string().nullable().optional().describe("The label by which the version was chosen"),
    alternatives: z
      .array(z.object({ name: z.string(), title: z.string(), similarity: z.number().nullable() }))
      .describe("What else fits, best first"),
  }),
  permission: "prompts:read",
  callClass: "search",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "post", path: "/v1/use" }],
  mcp: true,
  cli: {
    command: "use",
    positionals: ["task"],
    example: "promptforge use 'calm down an angry customer' --arguments ticket='Where is my order?'",
  },
  handler: (services, { name: ref, arguments: given, ...choice }, caller) =>
    services.promptUse.use(caller, { ...choice, ref, values: given }),
});
