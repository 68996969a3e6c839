import { z } from "zod";
import { labelRefSchema, promptRefSchema } from "../domain/names.ts";
import { promptDetailSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { versionNumberSchema } from "./fields/paging.ts";

export const getPrompt = defineOperation({
  name: "get_prompt",
  title: "Get a prompt",
  description:
    "Gives a prompt with its content, by name or id: the latest version, the one asked for, or the one at a label. " +
    "Use search_prompts or list_prompts when you do not know the name.",
  input: z.object({
    name: promptRefSchema,
    version: versionNumberSchema.optional().describe("A version's number; the latest when left out"),
    label: labelRefSchema.optional(),
  }),
  output: promptDetailSchema,
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [
    { method: "get", path: "/v1/prompts/{name}" },
    { method: "get", path: "/v1/prompts/{name}/versions/{version}" },
    { method: "get", path: "/v1/prompts/{name}/labels/{label}" },
  ],
  mcp: true,
  cli: { command: "get", positionals: ["name"], example: "promptforge get support/triage --version 2" },
  handler: (services, { name, ...choice }, caller) => services.prompts.get(caller, name, choice),
});
