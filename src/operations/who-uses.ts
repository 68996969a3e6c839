import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";

export const whoUses = defineOperation({
  name: "who_uses",
  title: "See who uses a prompt",
  description:
    "Lists the prompts that a change of this one meets: those that include it, directly and through others, at versions that are " +
    "the latest or have a label. Look before you change, move a label or archive.",
  input: z.object({
    name: promptRefSchema,
    at: z
      .string()
      .trim()
      .toLowerCase()
      .min(1)
      .max(50)
      .optional()
      .describe("Only what includes it at this label, or version; latest is one"),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    items: z.array(
      z.object({
        name: z.string(),
        version: z.int().describe("Its version that includes"),
        labels: z.array(z.string()).describe("Labels that point to that version"),
        latest: z.boolean(),
        at: z.string().describe("Where its include points to"),
        through: z.array(z.string()).describe("The prompts between the two; empty: it includes directly"),
      }),
    ),
    more: z.boolean().describe("Whether there are more than could be listed"),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompts/{name}/uses" }],
  mcp: "on_demand",
  // Work, unlike other reads.
  callClass: "search",
  cli: { command: "uses", positionals: ["name"], example: "promptforge uses support/tone --at production" },
  handler: (services, { name, at }, caller) => services.prompts.whoUses(caller, name, at),
});
