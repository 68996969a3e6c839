import { reasonSchema } from "../../domain/labels.ts";
import { labelSchema, promptRefSchema } from "../../domain/names.ts";
import { versionNumberSchema } from "./paging.ts";

/** What every move of a label takes. */
export const labelMoveFields = {
  name: promptRefSchema,
  label: labelSchema,
  expected_version: versionNumberSchema
    .nullable()
    .optional()
    .describe("Where you believe it points; null: nowhere yet. Otherwise nothing is done"),
  reason: reasonSchema.optional(),
};
