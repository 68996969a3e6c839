import { z } from "zod";
import { MAX_PROTECTED_LABELS } from "../domain/labels.ts";
import { labelSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";

export const setProtectedLabels = defineOperation({
  name: "set_protected_labels",
  title: "Set the protected labels",
  description:
    "Decides which labels of the tenant only an admin may set, move or remove: these, and no others. A new tenant protects production.",
  input: z.object({
    labels: z
      .array(labelSchema)
      .max(MAX_PROTECTED_LABELS)
      .describe("All labels to protect; an empty list: none"),
  }),
  output: z.object({ labels: z.array(z.string()) }),
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "put", path: "/v1/protected-labels" }],
  mcp: "on_demand",
  cli: {
    command: "label protect",
    positionals: ["labels"],
    example: "promptforge label protect production,staging",
  },
  handler: async (services, { labels }, caller) => ({
    labels: await services.labels.protect(caller, labels),
  }),
});
