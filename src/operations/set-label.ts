import { z } from "zod";
import { labelChangeSchema } from "../domain/labels.ts";
import { defineOperation } from "./define-operation.ts";
import { labelMoveFields } from "./fields/label.ts";
import { versionNumberSchema } from "./fields/paging.ts";

export const setLabel = defineOperation({
  name: "set_label",
  title: "Set a label",
  description:
    "Points a label such as production or staging to a version of a prompt, made or moved. What is read by the label " +
    "changes at once. A protected label (list_labels) is moved by an admin, or to an approved version.",
  input: z.object({
    ...labelMoveFields,
    version: versionNumberSchema.optional().describe("The newest when left out"),
  }),
  output: labelChangeSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: true, idempotent: true },
  rest: [{ method: "put", path: "/v1/prompts/{name}/labels/{label}", ifMatch: "expected_version" }],
  mcp: true,
  cli: {
    command: "label set",
    positionals: ["name", "label"],
    example: "promptforge label set support/triage production --version 3 --reason 'Fewer wrong queues'",
  },
  handler: (services, { name, expected_version, ...input }, caller) =>
    services.labels.set(caller, { ...input, ref: name, expectedVersion: expected_version }),
});
