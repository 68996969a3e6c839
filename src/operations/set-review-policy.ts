import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

const policySchema = z.object({
  approvals: z.int().min(1).max(10).describe("How many people have to approve a version"),
  protected_labels_need_approval: z
    .boolean()
    .describe("Whether protected labels may only point to approved versions, whoever moves them"),
});

export const setReviewPolicy = defineOperation({
  name: "set_review_policy",
  title: "Set the review policy",
  description:
    "Decides how many approvals a version needs, and whether protected labels demand one. What was approved stays approved.",
  input: policySchema,
  output: policySchema,
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "put", path: "/v1/review-policy" }],
  mcp: "on_demand",
  cli: {
    command: "review policy",
    example: "promptforge review policy --approvals 2 --protected-labels-need-approval",
  },
  handler: async (services, { approvals, protected_labels_need_approval }, caller) => {
    const set = { approvals, protectedNeedApproval: protected_labels_need_approval };
    const policy = await services.reviews.setPolicy(caller, set);
    return {
      approvals: policy.approvals,
      protected_labels_need_approval: policy.protectedNeedApproval,
    };
  },
});
