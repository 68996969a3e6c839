import {
  diffWordsWithSpace,
  FILE_HEADERS_ONLY,
  formatPatch,
  type StructuredPatchHunk,
  structuredPatch,
} from "diff";
import { z } from "zod";
import type { Version } from "./prompt.ts";

/**
 * Differences that are looked for before two texts count as wholly different. Finding them takes the square of this at
 * most [Myers 1986]. It is done in the thread that serves everybody, hence the time as well, in milliseconds.
 */
const MAX_LINE_EDITS = 500;
const MAX_LINE_TIME = 50;
const MAX_WORD_EDITS = 100;
/** UTF-16 units of a block whose words are compared, and of all such blocks of a diff. */
const MAX_WORDS_BLOCK = 2000;
const MAX_WORDS = 20_000;
/** Lines around a change. */
const CONTEXT = 3;

const piecesSchema = z.array(z.object({ kind: z.enum(["same", "removed", "added"]), text: z.string() }));

export const hunkSchema = z.object({
  from_line: z.int().describe("First line in the older text, from 1"),
  from_count: z.int(),
  to_line: z.int(),
  to_count: z.int(),
  blocks: z.array(
    z.object({
      kind: z.enum(["same", "changed"]),
      lines: z.array(z.string()).optional().describe("Of a block that is the same"),
      removed: z.array(z.string()).optional(),
      added: z.array(z.string()).optional(),
      words: piecesSchema
        .optional()
        .describe("The change word by word, where both sides are there and short"),
    }),
  ),
});
export type Hunk = z.infer<typeof hunkSchema>;
type Block = Hunk["blocks"][number];

export interface TextDiff {
  /** As a unified diff, for people and models; empty when the texts are the same. */
  readonly unified: string;
  readonly hunks: readonly Hunk[];
}

/** What turned one text into another, line by line and within changed lines word by word. */
export function diffText(from: string, to: string, names: readonly [string, string]): TextDiff {
  if (from === to) return { unified: "", hunks: [] };
  const patch =
    structuredPatch(...names, from, to, undefined, undefined, {
      context: CONTEXT,
      maxEditLength: MAX_LINE_EDITS,
      timeout: MAX_LINE_TIME,
    }) ?? wholly(from, to, names);
  return { unified: formatPatch(patch, FILE_HEADERS_ONLY), hunks: hunksOf(patch.hunks) };
}

/** All lines of one against all lines of the other. */
function wholly(from: string, to: string, [oldName, newName]: readonly [string, string]) {
  const removed = linesOf(from);
  const added = linesOf(to);
  const lines = [...signed("-", removed), ...signed("+", added)];
  return {
    oldFileName: oldName,
    newFileName: newName,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: [{ oldStart: 1, oldLines: removed.length, newStart: 1, newLines: added.length, lines }],
  };
}

const NO_NEWLINE = "\\ No newline at end of file";

function signed(sign: string, lines: readonly string[]): string[] {
  const marked = lines.map((line) => sign + line.replace(/\n$/, ""));
  return lines.at(-1)?.endsWith("\n") === false ? [...marked, NO_NEWLINE] : marked;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? [];
}

function hunksOf(hunks: readonly StructuredPatchHunk[]): Hunk[] {
  let left = MAX_WORDS;
  return hunks.map((hunk) =>
    hunkOf(hunk, (from, to) => {
      left -= Math.max(from.length, to.length);
      return left < 0 ? undefined : wordsOf(from, to);
    }),
  );
}

type CompareWords = typeof wordsOf;

function hunkOf(
  { oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk,
  compareWords: CompareWords,
): Hunk {
  const blocks: Block[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  let same: string[] = [];
  const endChanged = () => {
    if (removed.length + added.length > 0) blocks.push(changedBlock(removed, added, compareWords));
    removed = [];
    added = [];
  };
  const endSame = () => {
    if (same.length > 0) blocks.push({ kind: "same", lines: same });
    same = [];
  };
  for (const line of lines) {
    const text = line.slice(1);
    switch (line[0]) {
      case " ":
        endChanged();
        same.push(text);
        break;
      case "-":
        endSame();
        removed.push(text);
        break;
      case "+":
        endSame();
        added.push(text);
        break;
    }
  }
  endChanged();
  endSame();
  return { from_line: oldStart, from_count: oldLines, to_line: newStart, to_count: newLines, blocks };
}

function changedBlock(removed: string[], added: string[], compareWords: CompareWords): Block {
  const words = compareWords(removed.join("\n"), added.join("\n"));
  return { kind: "changed", removed, added, ...(words === undefined ? {} : { words }) };
}

function wordsOf(from: string, to: string): z.infer<typeof piecesSchema> | undefined {
  if (from === "" || to === "" || Math.max(from.length, to.length) > MAX_WORDS_BLOCK) return undefined;
  return diffWordsWithSpace(from, to, { maxEditLength: MAX_WORD_EDITS })?.map(
    ({ value, added, removed }) => ({
      kind: added ? "added" : removed ? "removed" : "same",
      text: value,
    }),
  );
}

/** What of a version is compared besides its content. */
const FIELDS = {
  title: ({ title }) => title,
  description: ({ description }) => description,
  tags: ({ tags }) => tags,
  arguments: (version) => version.arguments,
  input_schema: ({ inputSchema }) => inputSchema ?? null,
  messages: ({ messages }) => messages ?? null,
  config: ({ config }) => config,
} as const satisfies Readonly<Record<string, (version: Version) => unknown>>;
type ComparedField = keyof typeof FIELDS;
const COMPARED = Object.keys(FIELDS) as ComparedField[];

export const fieldChangeSchema = z.object({
  field: z.enum(COMPARED),
  from: z.unknown(),
  to: z.unknown(),
});

/** The fields in which two versions differ, besides their content. */
export function changedFields(from: Version, to: Version): z.infer<typeof fieldChangeSchema>[] {
  return COMPARED.map((field) => ({ field, from: FIELDS[field](from), to: FIELDS[field](to) })).filter(
    (change) => JSON.stringify(change.from) !== JSON.stringify(change.to),
  );
}
