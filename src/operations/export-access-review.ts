import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { accessReviewCsv } from "./fields/access-review-csv.ts";
import { ownedKeySchema, ownedKeyView } from "./fields/api-key.ts";
import { memberEntrySchema, memberEntryView } from "./fields/member.ts";

export const exportAccessReview = defineOperation({
  name: "export_access_review",
  title: "Export members and keys for a review",
  description:
    "Gives all members of the tenant with their roles, and everybody's API keys that are not revoked, with what each may do, when it was used last and when it ends; no secrets. For the regular look at who still needs what they have.",
  input: z.object({
    format: z
      .enum(["json", "csv"])
      .default("json")
      .describe("csv: one table, a line for each member and each key"),
  }),
  output: z.object({
    tenant_id: z.string(),
    tenant: z.string().describe("Name of the tenant"),
    generated_at: z.iso.datetime(),
    members: z.array(memberEntrySchema).optional().describe("With format json"),
    keys: z.array(ownedKeySchema).optional().describe("With format json"),
    text: z.string().optional().describe("With format csv"),
  }),
  permission: "tenant:admin",
  callClass: "import",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/tenant/access-review", textType: "text/csv" }],
  mcp: false,
  cli: {
    command: "access-review",
    example: "promptforge access-review --format csv > access-review.csv",
  },
  handler: async (services, { format }, caller) => {
    const review = await services.accessReview.review(caller);
    const members = review.members.map(memberEntryView);
    const keys = review.keys.map(ownedKeyView);
    const content = format === "csv" ? { text: accessReviewCsv(members, keys) } : { members, keys };
    return {
      tenant_id: caller.tenantId,
      tenant: caller.tenantName,
      generated_at: review.at.toISOString(),
      ...content,
    };
  },
});
