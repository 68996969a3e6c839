import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import { IMPORT_OUTCOMES, type ImportChoices, ON_EXISTING } from "../domain/exchanged.ts";
import type { Actor } from "../domain/identity.ts";
import { folderPathSchema } from "../domain/prompt.ts";
import { type AssembledPrompt, assemble, type Problem } from "../exchange/assemble.ts";
import { createDraftNames, survey } from "../exchange/draft-names.ts";
import { FORMAT_NAMES } from "../exchange/formats/format.ts";
import { readTexts } from "../exchange/prompt-reader.ts";
import { planTexts } from "../exchange/text-files.ts";
import { adviseOn } from "../services/advice.ts";
import type { Services } from "../services/index.ts";
import { withPauses } from "../services/long-work.ts";
import { defineOperation } from "./define-operation.ts";
import { fileSchema, MAX_FILE_LENGTH } from "./fields/exchange.ts";

const MAX_FILES = 10_000;
/** As many prompts and versions as one call takes. */
const MAX_DRAFTS = 50_000;
/** 64 MiB of characters in all files together. */
const MAX_CHARACTERS = 2 * MAX_FILE_LENGTH;

const itemSchema = z.object({
  path: z.string(),
  line: z.int().nullable(),
  name: z.string().nullable().describe("Name of the prompt, where it is known"),
  outcome: z.enum([...IMPORT_OUTCOMES, "failed"]),
  version: z.int().nullable().describe("Its latest version then"),
  message: z.string().nullable().describe("Why it failed"),
  notes: z.array(z.string()).describe("What was done in another way, such as a label that may not be moved"),
  not_taken: z.array(z.string()).describe("What the file says of it that has no place here"),
  advice: z.array(z.string()).describe("Codes of advice, as create_prompt gives it"),
});
type Item = z.infer<typeof itemSchema>;

export const importPrompts = defineOperation({
  name: "import_prompts",
  title: "Import prompts",
  description:
    "Takes the prompts of files: jsonl, Markdown, dotprompt, SKILL.md, Claude Code commands, prompts.chat's CSV, Langfuse's JSON. Each goes " +
    "in whole or not at all; the report tells what became of each. Importing the same twice changes nothing.",
  input: z.object({
    files: z.array(fileSchema).min(1).max(MAX_FILES).describe("Files with their texts; paths name prompts"),
    format: z
      .enum(FORMAT_NAMES)
      .optional()
      .describe("What all of them are; else their paths and contents tell"),
    folder: folderPathSchema.optional().describe("Folder in front of every name"),
    on_existing: z
      .enum(ON_EXISTING)
      .default("update")
      .describe("What to do with a name in use: add a version, skip it, or fail"),
    dry_run: z.boolean().default(false).describe("Tell what would be done, and do nothing"),
    expected_versions: z
      .record(z.string(), z.int().min(0))
      .optional()
      .describe("By name, the latest version that a prompt has to have; 0: none. Others fail"),
  }),
  output: z.object({
    dry_run: z.boolean(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    skipped: z.int(),
    failed: z.int(),
    items: z.array(itemSchema).describe("In the order of the files"),
    passed_over: z
      .array(z.string())
      .describe("Files of other kinds, hidden ones, and what lies with a skill"),
  }),
  permission: "prompts:write",
  // The report tells what is there.
  alsoNeeds: "prompts:read",
  callClass: "import",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "post", path: "/v1/import" }],
  mcp: "on_demand",
  async handler(services, { files, format, folder, on_existing, dry_run, expected_versions = {} }, caller) {
    const texts = planTexts(files, format);
    requireBounded(files.reduce((sum, { text }) => sum + text.length, 0));
    const read = await upTo(MAX_DRAFTS, withPauses(readTexts(texts, { folder })));
    const { chosen } = await survey(read);
    const items: Item[] = [];
    for await (const found of assemble(withPauses(read), createDraftNames(chosen))) {
      const name = found.kind === "prompt" ? found.prompt.name : "";
      const expectedVersion = Object.hasOwn(expected_versions, name) ? expected_versions[name] : undefined;
      const choices = { onExisting: on_existing, dryRun: dry_run, expectedVersion };
      items.push(await importOne(services, caller, found, choices));
    }
    const count = (outcome: Item["outcome"]) => items.filter((item) => item.outcome === outcome).length;
    return {
      dry_run,
      created: count("created"),
      updated: count("updated"),
      unchanged: count("unchanged"),
      skipped: count("skipped"),
      failed: count("failed"),
      items,
      passed_over: [...texts.passedOver],
    };
  },
});

/** Throws only what keeps the next ones from going in, too. */
async function importOne(
  services: Services,
  caller: Actor,
  found: AssembledPrompt | Problem,
  choices: ImportChoices,
): Promise<Item> {
  const { path, line } = found.source;
  const item = {
    path,
    line: line ?? null,
    version: null,
    message: null,
    notes: [],
    not_taken: [],
    advice: [],
  };
  if (found.kind === "problem") {
    return { ...item, name: found.name ?? null, outcome: "failed", message: found.message };
  }
  const { prompt, ignored } = found;
  const { name } = prompt;
  try {
    const { outcome, version, notes } = await services.promptImport.put(caller, prompt, choices);
    const isNew = outcome === "created" || outcome === "updated";
    const advice = isNew ? await adviseOn(prompt.versions.at(-1)?.content ?? "") : [];
    return {
      ...item,
      name,
      outcome,
      version,
      notes: [...notes],
      not_taken: [...ignored],
      advice: [...new Set(advice.map(({ code }) => code))],
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "internal" || error.code === "unavailable")
      throw error;
    return { ...item, name, outcome: "failed", message: error.message };
  }
}

function requireBounded(characters: number): void {
  if (characters <= MAX_CHARACTERS) return;
  throw new AppError(
    "too_large",
    `The files have ${characters} characters in all; at most ${MAX_CHARACTERS} are taken at once. Import them in parts.`,
    { characters, limit: MAX_CHARACTERS },
  );
}

/** All of them. Throws `too_large` as soon as there are more. */
async function upTo<Item>(most: number, items: AsyncIterable<Item>): Promise<Item[]> {
  const taken: Item[] = [];
  for await (const item of items) {
    if (taken.push(item) <= most) continue;
    throw new AppError(
      "too_large",
      `The files hold more than ${most} prompts and versions, which is as many as are taken at once. Import them in parts.`,
      { limit: most },
    );
  }
  return taken;
}
