import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { reviewSchema, reviewStatusSchema } from "../domain/reviews.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const listReviews = defineOperation({
  name: "list_reviews",
  title: "List reviews",
  description: "Lists versions that were submitted for review, oldest first, with what reviewers said.",
  input: z.object({
    name: promptRefSchema.optional().describe("Only this prompt's, by name or id"),
    status: reviewStatusSchema.optional().describe("Only those that stand so, such as pending"),
    for_me: z.boolean().default(false).describe("Only what you may decide on: not your own"),
    limit: limitSchema(20),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({ items: z.array(reviewSchema), next_cursor: nextCursorSchema }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/reviews" }],
  mcp: true,
  cli: { command: "review list", example: "promptforge review list --status pending --for-me" },
  handler: (services, { name, for_me, ...query }, caller) =>
    services.reviews.list(caller, { ...query, ref: name, forMe: for_me }),
});
