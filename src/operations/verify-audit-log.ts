import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const verifyAuditLog = defineOperation({
  name: "verify_audit_log",
  title: "Verify the audit log",
  description:
    "Walks the tenant's whole audit log and says whether a record was changed or is missing. Note the head and give it " +
    "later: then a log that was made anew is found, too. For admins.",
  input: z.object({
    known_head: z
      .string()
      .regex(/^\d{1,15}:[0-9a-f]{64}$/, "A head is written NUMBER:HASH")
      .optional()
      .describe("A head that was noted before, as NUMBER:HASH"),
  }),
  output: z.object({
    intact: z.boolean(),
    records: z.int().describe("Records that follow on each other from the first on"),
    head: z.string().nullable().describe("The last record, as NUMBER:HASH"),
    broken: z.object({ number: z.int(), reason: z.string() }).nullable(),
  }),
  permission: "tenant:admin",
  callClass: "import",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/audit/verify" }],
  mcp: "on_demand",
  handler: async (services, { known_head }, caller) => {
    const { head, broken, ...verdict } = await services.audit.verify(caller, parseHead(known_head));
    return {
      ...verdict,
      head: head === undefined ? null : `${head.number}:${head.hash}`,
      broken: broken ?? null,
    };
  },
});

function parseHead(text: string | undefined) {
  const [number, hash] = text?.split(":") ?? [];
  return number === undefined || hash === undefined ? undefined : { number: Number(number), hash };
}
