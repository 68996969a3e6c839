import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const completeNames = defineOperation({
  name: "complete_names",
  title: "Complete a prompt's name",
  description: "Gives the names of prompts that begin with what is typed so far, in their order.",
  input: z.object({
    prefix: z.string().trim().toLowerCase().max(200).default("").describe("What the name begins with"),
  }),
  output: z.object({
    names: z.array(z.string()).describe("At most 100"),
    more: z.boolean().describe("Whether there are others"),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompt-names" }],
  mcp: false,
  handler: (services, { prefix }, caller) => services.prompts.completeNames(caller, prefix),
});
