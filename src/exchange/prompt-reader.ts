import { AppError } from "../domain/errors.ts";
import { nameProblem } from "../domain/names.ts";
import { folderSchema } from "../domain/prompt.ts";
import { readText } from "./file-text.ts";
import type { FormatName } from "./formats/format.ts";
import { READERS } from "./formats/registry.ts";
import { type PlannedFile, planImport } from "./import-plan.ts";
import { readJsonLines } from "./json-lines.ts";
import type { Found, FoundDraft, PromptDraft } from "./prompt-draft.ts";
import { refusalOf } from "./system-error.ts";
import type { TextFiles } from "./text-files.ts";

export type { DraftName, PromptDraft } from "./prompt-draft.ts";

export interface ReadSource {
  readonly path: string;
  /** From 1; `undefined` where the file is meant, or the folder. */
  readonly line: number | undefined;
}

/** A place as compilers write it, with the line where there is one. */
export function placeOf({ path, line }: ReadSource): string {
  return line === undefined ? path : `${path}:${line}`;
}

export type ReadItem =
  | {
      readonly kind: "prompt";
      readonly source: ReadSource;
      readonly draft: PromptDraft;
      /** What the file says of it beside: not taken. */
      readonly ignored: readonly string[];
    }
  | {
      readonly kind: "problem";
      readonly source: ReadSource;
      readonly message: string;
      /** The prompt of which it would have been a version. */
      readonly name?: string | undefined;
    };

export interface ReadOptions {
  /** Goes in front of every name, as `folder/`. */
  readonly folder?: string | undefined;
  /** What all of the files are, instead of what their paths say. */
  readonly format?: FormatName | undefined;
  /** Hears how many more bytes of the planned files are done: all of them when reading ends. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Reads the prompts of files and folders, in the order of `planImport`. What cannot be read or taken is
 * given as a problem with its place, and the rest goes on. Two prompts that ask for the same name in one call
 * are a problem too, so that neither silently replaces the other.
 *
 * Throws `invalid_input` when `folder` cannot be the start of a name.
 */
export async function* readPrompts(
  paths: readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<ReadItem> {
  const place = placeIn(options.folder);
  const plan = await planImport(paths, options.format);
  for (const { path, message } of plan.problems) yield problem({ path, line: undefined }, message);
  for (const file of plan.files) {
    let done = 0;
    const advance = (bytes: number) => {
      done += bytes;
      options.onProgress?.(bytes);
    };
    try {
      for await (const found of readFile(file, advance)) {
        yield place(file.path, found);
      }
    } catch (thrown) {
      yield problem({ path: file.path, line: undefined }, `${refusalOf(thrown)}.`);
    }
    if (done < file.bytes) advance(file.bytes - done);
  }
}

/**
 * As `readPrompts`, of files whose texts are there already. Nothing is looked up by their paths.
 *
 * Throws `invalid_input` when `folder` cannot be the start of a name.
 */
export function* readTexts(
  files: TextFiles,
  { folder }: Pick<ReadOptions, "folder"> = {},
): Generator<ReadItem> {
  const place = placeIn(folder);
  for (const { path, message } of files.problems) yield problem({ path, line: undefined }, message);
  for (const { path, name, format, text } of files.files) {
    for (const found of READERS[format]({ path, name, text })) yield place(path, found);
  }
}

async function* readFile(file: PlannedFile, advance: (bytes: number) => void): AsyncGenerator<Found> {
  if (file.format === "jsonl") return yield* readJsonLines(file.path, advance);
  const read = await readText(file.path);
  if ("message" in read) yield read;
  else yield* READERS[file.format]({ path: file.path, name: file.name, text: read.text });
}

/** Gives drafts their whole names, and keeps count of those that their authors chose. */
function placeIn(folder: string | undefined): (path: string, found: Found) => ReadItem {
  const prefix = folder === undefined ? "" : `${checkedFolder(folder)}/`;
  const chosen = new Map<string, ReadSource>();
  /** Whose versions are being read, and which were. */
  let history: { readonly path: string; readonly name: string; readonly versions: Set<number> } | undefined;
  const isOther = (path: string, name: string, version: number | undefined) =>
    version !== undefined &&
    history?.path === path &&
    history.name === name &&
    history.versions.size > 0 &&
    !history.versions.has(version);

  const placed = (path: string, { line, draft, ignored = [] }: FoundDraft): ReadItem => {
    const source = { path, line };
    const name = { ...draft.name, value: prefix + draft.name.value };
    const flaw = nameProblem(name.value);
    if (flaw !== undefined) return problem(source, `The prompt's name: ${flaw}.`);
    const earlier = chosen.get(name.value);
    if (!name.derived) {
      if (earlier !== undefined && !isOther(path, name.value, draft.version)) {
        return problem(
          source,
          `The name ${name.value} is already that of ${placeOf(earlier)}. Give one of them another name${draft.version === undefined ? "" : ", or put the versions of one prompt together, each once"}.`,
        );
      }
      if (earlier === undefined) {
        chosen.set(name.value, source);
        history = { path, name: name.value, versions: new Set() };
      }
      if (draft.version !== undefined) history?.versions.add(draft.version);
    }
    return { kind: "prompt", source, draft: { ...draft, name }, ignored };
  };
  return (path, found) =>
    "message" in found
      ? problem(
          { path, line: found.line },
          found.message,
          found.name === undefined ? undefined : prefix + found.name,
        )
      : placed(path, found);
}

function checkedFolder(folder: string): string {
  const parsed = folderSchema.safeParse(folder);
  const flaw = parsed.success ? nameProblem(parsed.data) : "it is empty or too long";
  if (!parsed.success || flaw !== undefined) {
    throw new AppError(
      "invalid_input",
      `'${folder}' cannot be a folder of prompts: ${flaw}. Give one such as team/support.`,
    );
  }
  return parsed.data;
}

const MAX_MESSAGE_LENGTH = 500;

/** Messages may hold a few words of a file, which is not trusted: no control or formatting characters reach a terminal. */
function problem(source: ReadSource, message: string, name?: string): ReadItem {
  const plain = message.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "�").slice(0, MAX_MESSAGE_LENGTH);
  return { kind: "problem", source, message: plain, ...(name === undefined ? {} : { name }) };
}
