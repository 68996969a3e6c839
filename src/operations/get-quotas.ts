import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

const quotaSchema = z.object({
  used: z.int(),
  allowed: z.int().nullable().describe("null: as much as there is room for"),
});
const rateSchema = z.int().nullable().describe("null: as many as come");

export const getQuotas = defineOperation({
  name: "get_quotas",
  title: "See quotas and limits",
  description:
    "Tells how many prompts (archived ones included), versions, bytes of text, members and webhooks your tenant has and may have, and how many calls a minute it may make over the network.",
  input: z.object({}),
  output: z.object({
    prompts: quotaSchema,
    versions: quotaSchema,
    storage_bytes: quotaSchema,
    members: quotaSchema,
    webhooks: quotaSchema,
    calls_per_minute: z.object({
      reads: rateSchema,
      writes: rateSchema,
      search: rateSchema,
      import: rateSchema,
    }),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/quotas" }],
  mcp: "on_demand",
  cli: { command: "quotas", example: "promptforge quotas" },
  async handler(services, _input, caller) {
    const { used, allowed } = await services.quotas.standing(caller);
    const { reads, writes, search, import: imports } = services.callLimits.limits;
    return {
      prompts: { used: used.prompts, allowed: unlessNone(allowed.prompts) },
      versions: { used: used.versions, allowed: unlessNone(allowed.versions) },
      storage_bytes: { used: used.storage_bytes, allowed: unlessNone(allowed.storage_bytes) },
      members: { used: used.members, allowed: unlessNone(allowed.members) },
      webhooks: { used: used.webhooks, allowed: unlessNone(allowed.webhooks) },
      calls_per_minute: {
        reads: unlessNone(reads),
        writes: unlessNone(writes),
        search: unlessNone(search),
        import: unlessNone(imports),
      },
    };
  },
});

function unlessNone(limit: number): number | null {
  return limit === 0 ? null : limit;
}
