import { z } from "zod";
import { usernameSchema } from "../domain/identity.ts";
import { labelRefSchema } from "../domain/names.ts";
import { folderSchema, tagSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { limitSchema } from "./fields/paging.ts";
import { timeSchema } from "./fields/time.ts";

const hitSchema = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  version: z.int(),
  score: z.number().describe("Higher is better; comparable within one answer only"),
  passage: z.string().describe("The part of the prompt that matched"),
  why: z.enum(["meaning", "words", "both"]),
  matched_words: z.array(z.string()).describe("Words of the query, as corrected, that the prompt contains"),
  similarity: z.number().nullable().describe("Likeness in meaning, at most 1; null when not known yet"),
});

export const searchPrompts = defineOperation({
  name: "search_prompts",
  title: "Search prompts",
  description:
    "Finds prompts by what they are about, in your own words, and by the words they contain; best first. Slips of " +
    "spelling are corrected. Each hit has the passage that matched and why. When nothing fits, nothing_relevant is true, " +
    "items is empty, and closest has the nearest. Then get_prompt gives the whole prompt.",
  input: z.object({
    query: z
      .string()
      .trim()
      .min(1)
      .max(2000)
      .describe("What you look for: a task, a topic, or words of the prompt"),
    limit: limitSchema(10),
    tag: tagSchema.optional().describe("Only prompts with this tag"),
    label: labelRefSchema.optional().describe("Only prompts with this label, at the version it points to"),
    folder: folderSchema.optional(),
    author: usernameSchema.optional().describe("Only prompts made by this user"),
    since: timeSchema("Only prompts last changed at this time or later").optional(),
    until: timeSchema("Only prompts last changed before this time").optional(),
  }),
  output: z.object({
    items: z.array(hitSchema),
    nothing_relevant: z.boolean().describe("True when nothing fits: items is empty"),
    confidence: z.number().describe("0 to 1: how sure it is that something fits"),
    closest: z.array(hitSchema).describe("When nothing fits: the nearest prompts all the same"),
    corrections: z
      .array(z.object({ from: z.string(), to: z.string() }))
      .describe("Words of the query that were looked for in another spelling"),
    pending: z.int().describe("Prompts of the tenant that are not yet found by meaning"),
    degraded: z.boolean().describe("True when meaning could not be used: found by words only"),
  }),
  permission: "prompts:read",
  callClass: "search",
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
