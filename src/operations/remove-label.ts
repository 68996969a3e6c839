import { z } from "zod";
import { labelChangeSchema } from "../domain/labels.ts";
import { defineOperation } from "./define-operation.ts";
import { labelMoveFields } from "./fields/label.ts";

export const removeLabel = defineOperation({
  name: "remove_label",
  title: "Remove a label",
  description: "Takes a label off a prompt. Versions and the label's history stay.",
  input: z.object(labelMoveFields),
  output: labelChangeSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/prompts/{name}/labels/{label}", ifMatch: "expected_version" }],
  mcp: "on_demand",
  cli: {
    command: "label remove",
    positionals: ["name", "label"],
    example: "promptforge label remove support/triage staging",
  },
  handler: (services, { name, expected_version, ...input }, caller) =>
    services.labels.remove(caller, { ...input, ref: name, expectedVersion: expected_version }),
});
