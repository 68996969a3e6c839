import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";

const uses = {
  renders: z.int().describe("Times it was filled, for use"),
  reads: z.int().describe("Times its text was read"),
};

export const getUsage = defineOperation({
  name: "get_usage",
  title: "Get usage",
  description:
    "Tells how often a prompt was rendered and read on the last days: in sum, by day, by version and by label. Without a name: how often all were, and which most.",
  input: z.object({
    name: promptRefSchema.optional(),
    days: z.int().min(1).max(366).default(30).describe("How many days, today included (UTC)"),
    limit: z.int().min(1).max(100).default(20).describe("How many versions, labels and prompts at most"),
  }),
  output: z.object({
    since: z.iso.date().describe("The first day that is counted"),
    prompt: z.object({ id: z.string(), name: z.string() }).nullable(),
    ...uses,
    days: z.array(z.object({ day: z.iso.date(), ...uses })).describe("Newest first, without idle days"),
    versions: z.array(z.object({ version: z.int(), ...uses })).describe("Of the prompt, most used first"),
    labels: z
      .array(z.object({ label: z.string().nullable(), ...uses }))
      .describe("By the label that was asked for; null: by none"),
    prompts: z
      .array(z.object({ id: z.string(), name: z.string(), ...uses }))
      .describe("Without a name: the most used first"),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/usage" }],
  mcp: "on_demand",
  cli: { command: "usage", positionals: ["name"], example: "promptforge usage support/triage --days 7" },
  handler: (services, { name, ...query }, caller) => services.usage.get(caller, { ...query, ref: name }),
});
