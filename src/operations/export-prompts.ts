import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import type { ExportedVersion } from "../domain/exchanged.ts";
import type { Caller } from "../domain/identity.ts";
import { labelRefSchema, MAX_NAME_LENGTH, promptRefSchema } from "../domain/names.ts";
import { tagSchema } from "../domain/prompt.ts";
import { FORMAT_NAMES, type FormatName } from "../exchange/formats/format.ts";
import { WRITERS } from "../exchange/formats/registry.ts";
import { reportLosses } from "../exchange/losses.ts";
import type { Services } from "../services/index.ts";
import type { PromptExport } from "../services/prompt-export.ts";
import { defineOperation } from "./define-operation.ts";
import { fileSchema, lossSchema } from "./fields/exchange.ts";
import { cursorSchema, limitSchema, nextCursorSchema } from "./fields/paging.ts";

const MAX_PAGE = 1000;

export const exportPrompts = defineOperation({
  name: "export_prompts",
  title: "Export prompts",
  description:
    "Gives prompts as files of a format that other programs read, page by page, by tag, label or the start of their names. " +
    "Archived prompts are left out. Tells what the format has no place for.",
  input: z.object({
    format: z
      .enum(FORMAT_NAMES)
      .default("jsonl")
      .describe(
        "jsonl loses nothing; markdown, dotprompt, skill and claude-command give a file for each prompt",
      ),
    name: promptRefSchema.optional().describe("Only this prompt"),
    prefix: z
      .string()
      .trim()
      .min(1)
      .max(MAX_NAME_LENGTH)
      .toLowerCase()
      .optional()
      .describe("Only prompts whose names begin so, such as support/"),
    tag: tagSchema.optional().describe("Only prompts with this tag"),
    label: labelRefSchema.optional().describe("Only prompts with this label, at the version it points to"),
    versions: z
      .enum(["latest", "all"])
      .default("latest")
      .describe("all: with their history (jsonl and langfuse)"),
    limit: limitSchema(MAX_PAGE, MAX_PAGE).describe(
      "How many versions a page at most; fewer where they are large",
    ),
    cursor: cursorSchema.optional(),
  }),
  output: z.object({
    format: z.enum(FORMAT_NAMES),
    files: z.array(fileSchema).describe("Files; the next page may go on with the last one"),
    versions: z.int().describe("How many versions are in these files"),
    losses: z.array(lossSchema).describe("What the format has no place for"),
    next_cursor: nextCursorSchema,
  }),
  permission: "prompts:read",
  callClass: "import",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/export" }],
  mcp: "on_demand",
  async handler(services, { format, versions, cursor, ...filter }, caller) {
    if (versions === "all") requireHistory(format, filter.label);
    const query = { ...filter, allVersions: versions === "all", cursor };
    const { items, next_cursor } = WRITERS[format].isWhole
      ? await everything(services, caller, query)
      : await services.promptExport.page(caller, query);
    const part = { isFirst: cursor === undefined, isLast: next_cursor === null };
    const { files, losses } = WRITERS[format].write(items, part);
    return { format, files: [...files], versions: items.length, losses: reportLosses(losses), next_cursor };
  },
});

function requireHistory(format: FormatName, label: string | undefined): void {
  if (!WRITERS[format].holdsHistory) {
    const others = FORMAT_NAMES.filter((name) => WRITERS[name].holdsHistory).join(" or ");
    throw new AppError(
      "invalid_input",
      `The format ${format} holds one version of a prompt. Use ${others} for all of them.`,
    );
  }
  if (label !== undefined) {
    throw new AppError("invalid_input", "A label points to one version: give either label or versions: all.");
  }
}

/** 32 MiB of contents: what one answer holds at most. */
const MAX_BYTES = 32 * 1024 * 1024;

/** All pages at once, for a format that puts its prompts into an order of its own. */
async function everything(services: Services, caller: Caller, query: PromptExport) {
  const items: ExportedVersion[] = [];
  let bytes = 0;
  for (let { cursor } = query; ; ) {
    const page = await services.promptExport.page(caller, { ...query, cursor });
    items.push(...page.items);
    bytes += page.items.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
    if (bytes > MAX_BYTES) {
      throw new AppError(
        "too_large",
        `These prompts have more than ${MAX_BYTES} bytes (32 MiB), which this format gives at once. Export them by prefix or tag, or as jsonl.`,
        { limit: MAX_BYTES },
      );
    }
    if (page.next_cursor === null) return { items, next_cursor: null };
    cursor = page.next_cursor;
  }
}
