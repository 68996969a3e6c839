import { z } from "zod";
import { labelMoveSchema } from "../domain/labels.ts";
import { labelSchema, promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

export const getLabelHistory = defineOperation({
  name: "get_label_history",
  title: "Get a label's history",
  description: "Tells who moved a prompt's label from where to where, when and why, newest first.",
  input: z.object({
    name: promptRefSchema,
    label: labelSchema,
    limit: limitSchema(20),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    label: z.string(),
    items: z.array(labelMoveSchema),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:read",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/prompts/{name}/labels/{label}/history" }],
  mcp: "on_demand",
  cli: {
    command: "label history",
    positionals: ["name", "label"],
    example: "promptforge label history support/triage production",
  },
  handler: (services, { name, ...query }, caller) => services.labels.history(caller, { ...query, ref: name }),
});
