import { z } from "zod";
import { labelChangeSchema } from "../domain/labels.ts";
import { defineOperation } from "./define-operation.ts";
import { labelMoveFields } from "./fields/label.ts";

export const rollbackLabel = defineOperation({
  name: "rollback_label",
  title: "Roll a label back",
  description:
    "Points a label to the version it pointed to before it was last set; once more, to the one before that.",
  input: z.object(labelMoveFields),
  output: labelChangeSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [
    {
      method: "post",
      path: "/v1/prompts/{name}/labels/{label}/rollback",
      ifMatch: "expected_version",
    },
  ],
  mcp: true,
  cli: {
    command: "label rollback",
    positionals: ["name", "label"],
    example: "promptforge label rollback support/triage production --reason 'Wrong queues'",
  },
  handler: (services, { name, expected_version, ...input }, caller) =>
    services.labels.rollback(caller, { ...input, ref: name, expectedVersion: expected_version }),
});
