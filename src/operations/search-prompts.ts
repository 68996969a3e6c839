import { z } from "zod";
import { folderSchema, tagSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { limitSchema } from "./fields/paging.ts";

export const searchPrompts = defineOperation({
  name: "search_prompts",
  title: "Search prompts",
  description:
    "Finds prompts by what they are about, in your own words, and by the words they contain; best first. " +
    "Each hit has the passage that matched and why. Then get_prompt gives the whole prompt.",
  input: z.object({
    query: z
      .string()
      .trim()
      .min(1)
      .max(2000)
      .describe("What you look for: a task, a topic, or words of the prompt"),
    limit: limitSchema(10),
    tag: tagSchema.optional().describe("Only prompts with this tag"),
    folder: folderSchema.optional(),
  }),
  output: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        title: z.string(),
        version: z.int(),
        score: z.number().describe("Higher is better; comparable within one answer only"),
        passage: z.string().describe("The part of the prompt that matched"),
        why: z.enum(["meaning", "words", "both"]),
        matched_words: z.array(z.string()).describe("Words of the query that the prompt contains"),
        similarity: z.number().nullable().describe("Likeness in meaning, at most 1; null when not known yet"),
      }),
    ),
    pending: z.int().describe("Prompts of the tenant that are not yet found by meaning"),
    degraded: z.boolean().describe("True when meaning could not be used: found by words only"),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [
    { method: "get", path: "/v1/search" },
    { method: "post", path: "/v1/search" },
  ],
  mcp: true,
  cli: {
    command: "search",
    positionals: ["query"],
    example: "promptforge search 'calm down an angry customer' --limit 5",
  },
  handler: (services, input, caller) => services.search.search(caller, input),
});
