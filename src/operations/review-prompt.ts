import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { DECISIONS, decisionCommentSchema, reviewSchema } from "../domain/reviews.ts";
import { defineOperation } from "./define-operation.ts";
import { versionNumberSchema } from "./fields/paging.ts";
import { warningsSchema } from "./fields/saved-prompt.ts";

export const reviewPrompt = defineOperation({
  name: "review_prompt",
  title: "Review a prompt",
  description:
    "Approves, asks for changes of, or rejects a version that was submitted (list_reviews). Not your own, and not as an agent. " +
    "Of several decisions of yours the last one counts.",
  input: z.object({
    name: promptRefSchema,
    version: versionNumberSchema,
    decision: z.enum(DECISIONS).describe("What you decide"),
    comment: decisionCommentSchema.optional(),
  }),
  output: reviewSchema.extend({ warnings: warningsSchema }),
  permission: "prompts:review",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/prompts/{name}/versions/{version}/review" }],
  mcp: true,
  cli: {
    command: "review decide",
    positionals: ["name", "version", "decision"],
    example: "promptforge review decide support/triage 3 approve",
  },
  async handler(services, { name, ...input }, caller) {
    const review = await services.reviews.decide(caller, { ...input, ref: name });
    const isApproved = input.decision === "approve";
    return {
      ...review,
      warnings: isApproved ? await services.prompts.adviceOnReviewed(caller, review) : [],
    };
  },
});
