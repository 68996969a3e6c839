import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { usernameSchema } from "../domain/identity.ts";
import { labelRefSchema, labelSchema, promptRefSchema } from "../domain/names.ts";
import { folderPathSchema, folderSchema, tagSchema, tagsSchema } from "../domain/prompt.ts";
import type { BulkChange } from "../services/bulk-changes.ts";
import { defineOperation } from "./define-operation.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

const MOST = 1_000;
const CHANGES = ["add_tags", "remove_tags", "archive", "restore", "move", "label"] as const;

const input = z.object({
  change: z.enum(CHANGES).describe("What to do with each prompt"),
  tags: tagsSchema.optional().describe("For add_tags and remove_tags"),
  to: z.string().max(200).optional().describe("For move: the folder, / for none. For label: the label"),
  dry_run: z.boolean().describe("true: only tell what would be done. false: do it"),
  names: z
    .array(promptRefSchema)
    .min(1)
    .max(MOST)
    .optional()
    .describe("These prompts; or else those that pass all of the filters"),
  tag: tagSchema.optional().describe("Only prompts with this tag"),
  folder: folderSchema.optional(),
  label: labelRefSchema.optional().describe("Only prompts with this label"),
  author: usernameSchema.optional().describe("Only prompts made by this user"),
  archived: z.boolean().optional().describe("Only archived prompts; always so for restore"),
  limit: limitSchema(500, MOST),
  cursor: cursorSchema.optional(),
});

export const bulkUpdatePrompts = defineOperation({
  name: "bulk_update_prompts",
  title: "Change many prompts",
  description:
    "Does one thing to many prompts: adds or removes tags, archives, restores, moves to a folder, or sets a label (to the version at the " +
    "filter's label, or else the newest). Try it with dry_run first. Each is changed by its own rules; what is refused says why.",
  input,
  output: z.object({
    dry_run: z.boolean(),
    changed: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    items: z.array(
      z.object({
        id: z.string().nullable(),
        name: z.string(),
        outcome: z.enum(["changed", "unchanged", "refused"]),
        new_name: z.string().nullable(),
        code: z.string().nullable(),
        reason: z.string().nullable().describe("Why it is refused"),
      }),
    ),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:write",
  callClass: "import",
  effects: { readOnly: false, destructive: true, idempotent: true },
  rest: [{ method: "post", path: "/v1/prompt-changes" }],
  mcp: "on_demand",
  cli: {
    command: "bulk",
    positionals: ["change"],
    example: "promptforge bulk add_tags --tags legacy --folder support/old --dry-run",
  },
  handler(services, { change, tags, to, dry_run, names, limit, cursor, ...filters }, caller) {
    const filtered = Object.values(filters).some((filter) => filter !== undefined);
    if ((names === undefined) === !filtered) {
      throw new AppError("invalid_input", "Say which prompts: give either names, or at least one filter.");
    }
    return services.bulkChanges.update(caller, {
      refs: names,
      selection: { ...filters, archived: filters.archived ?? change === "restore" },
      change: changeOf(change, tags, to),
      dryRun: dry_run,
      limit,
      cursor,
    });
  },
});

/** Throws `invalid_input` where what the change needs is missing. */
function changeOf(
  kind: (typeof CHANGES)[number],
  tags: readonly string[] | undefined,
  to: string | undefined,
): BulkChange {
  switch (kind) {
    case "add_tags":
    case "remove_tags":
      if (tags === undefined || tags.length === 0) throw missing(kind, "tags");
      return { kind, tags };
    case "move":
      if (to === undefined) throw missing(kind, "to: the folder, or / for none");
      return { kind, folder: read(folderPathSchema, to) };
    case "label":
      if (to === undefined) throw missing(kind, "to: the label");
      return { kind, label: read(labelSchema, to) };
    default:
      return { kind };
  }
}

function read<Value>(schema: z.ZodType<Value>, to: string): Value {
  const { success, data, error } = schema.safeParse(to);
  if (success) return data;
  throw new AppError("invalid_input", `to: ${error.issues.map(({ message }) => message).join("; ")}`);
}

function missing(kind: string, what: string): AppError {
  return new AppError("invalid_input", `${kind} needs ${what}.`);
}
