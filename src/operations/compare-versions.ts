import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { fieldChangeSchema, hunkSchema } from "../domain/version-diff.ts";
import { defineOperation } from "./define-operation.ts";
import { versionNumberSchema } from "./fields/paging.ts";

export const compareVersions = defineOperation({
  name: "compare_versions",
  title: "Compare two versions",
  description:
    "Shows what changed between two versions of a prompt: the content as a unified diff, and title, description, tags, " +
    "arguments, messages and config. Without numbers: the latest version against the one before it.",
  input: z.object({
    name: promptRefSchema,
    from: versionNumberSchema.optional().describe("The older version; the one before `to` when left out"),
    to: versionNumberSchema.optional().describe("The newer version; the latest when left out"),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    from: z.int(),
    to: z.int(),
    same: z.boolean().describe("Whether nothing differs"),
    unified: z.string().describe("The change of the content as a unified diff; empty when it is the same"),
    hunks: z.array(hunkSchema).describe("The same change for programs"),
    fields: z.array(fieldChangeSchema).describe("What else differs"),
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompts/{name}/versions/compare" }],
  mcp: true,
  // It is work, unlike other reads.
  callClass: "search",
  cli: {
    command: "diff",
    positionals: ["name"],
    example: "promptforge diff support/triage --from 1 --to 3",
  },
  handler: (services, { name, from, to }, caller) =>
    services.versions.compare(caller, { ref: name, from, to }),
});
