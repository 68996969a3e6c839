import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { reviewNoteSchema, reviewSchema } from "../domain/reviews.ts";
import { defineOperation } from "./define-operation.ts";
import { versionNumberSchema } from "./fields/paging.ts";
import { warningsSchema } from "./fields/saved-prompt.ts";

export const submitForReview = defineOperation({
  name: "submit_for_review",
  title: "Submit for review",
  description: "Asks other people to review a version of a prompt. They decide with review_prompt.",
  input: z.object({
    name: promptRefSchema,
    version: versionNumberSchema.optional().describe("The newest when left out"),
    note: reviewNoteSchema.optional(),
  }),
  output: reviewSchema.extend({ warnings: warningsSchema }),
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [
    { method: "put", path: "/v1/prompts/{name}/versions/{version}/review" },
    // The newest version.
    { method: "put", path: "/v1/prompts/{name}/versions/review" },
  ],
  mcp: true,
  cli: {
    command: "review submit",
    positionals: ["name"],
    example: "promptforge review submit support/triage --note 'Asks for the order number'",
  },
  async handler(services, { name, ...input }, caller) {
    const review = await services.reviews.submit(caller, { ...input, ref: name });
    return { ...review, warnings: await services.prompts.adviceOnReviewed(caller, review) };
  },
});
