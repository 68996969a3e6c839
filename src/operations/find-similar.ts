import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { limitSchema } from "./fields/paging.ts";

export const findSimilar = defineOperation({
  name: "find_similar",
  title: "Find similar prompts",
  description:
    "Finds the prompts that say nearly the same as a given prompt, or as a text. Use it before storing something new. " +
    "To find a prompt for a task, use search_prompts.",
  input: z.object({
    name: promptRefSchema.optional().describe("Name or id of the prompt to compare with"),
    text: z
      .string()
      .trim()
      .min(1)
      .max(256 * 1024)
      .optional()
      .describe("A text to compare with instead"),
    limit: limitSchema(10),
  }),
  output: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        title: z.string(),
        version: z.int(),
        similarity: z.number().describe("Likeness in meaning, at most 1; from 0.95 on they are almost equal"),
        passage: z.string(),
      }),
    ),
  }),
  permission: "prompts:read",
  callClass: "search",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [
    { method: "post", path: "/v1/similar" },
    { method: "get", path: "/v1/prompts/{name}/similar" },
  ],
  mcp: true,
  cli: {
    command: "similar",
    positionals: ["name"],
    file: "text",
    example: "promptforge similar support/triage",
  },
  async handler(services, { name, text, limit }, caller) {
    if (name !== undefined && text === undefined) {
      return { items: await services.similarity.toPrompt(caller, name, limit) };
    }
    if (text !== undefined && name === undefined) {
      return { items: await services.similarity.toText(caller, text, limit) };
    }
    throw new AppError("invalid_input", "Give either name or text.");
  },
});
