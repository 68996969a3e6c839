import { z } from "zod";
import { AppError } from "../domain/errors.ts";
import type { ImportedVersion } from "../domain/exchanged.ts";
import { promptNameSchema, slugFrom } from "../domain/names.ts";
import { changeNoteSchema, descriptionSchema, tagsSchema, titleSchema } from "../domain/prompt.ts";
import { checkContent } from "../domain/prompt-body.ts";

/** What a file may say about a prompt beside its text. Whatever else it says is ignored. */
const fieldsSchema = z.object({
  name: promptNameSchema.exactOptional(),
  title: titleSchema.exactOptional(),
  description: descriptionSchema.exactOptional(),
  tags: tagsSchema.exactOptional(),
  change_note: changeNoteSchema.exactOptional(),
});
export type PromptFields = z.infer<typeof fieldsSchema>;
export type FieldName = keyof PromptFields;
const FIELD_NAMES = fieldsSchema.keyof().options;

export interface DraftName {
  readonly value: string;
  /**
   * True when the name was made from a title or a text, and may be made unique with a number;
   * false when it is the one that the author chose, in the file or as the file's path.
   */
  readonly derived: boolean;
}

/** A version of a prompt as it was found in a file; a prompt of which no number is told is the only one there. */
export type PromptDraft = Omit<PromptFields, "name"> &
  Omit<ImportedVersion, keyof PromptFields> & { readonly name: DraftName };

/** A prompt that cannot be taken, at a 1-based line of its file; `undefined` where no line has the fault. */
export interface Flaw {
  readonly line: number | undefined;
  readonly message: string;
  /** The prompt of which it is a version, where several lines make one: none of them is taken then. */
  readonly name?: string | undefined;
}

export interface FoundDraft {
  /** Where the prompt begins; `undefined` for one that is the whole file. */
  readonly line: number | undefined;
  readonly draft: PromptDraft;
  /** What the file says of it beside, by key: not taken. */
  readonly ignored?: readonly string[] | undefined;
}
export type Found = FoundDraft | Flaw;

export type FieldsResult =
  | { readonly fields: PromptFields; readonly ignored: readonly string[] }
  | { readonly field: FieldName | undefined; readonly message: string };

/** As many keys as are told of those that are not taken. */
const MAX_IGNORED = 20;
const MAX_KEY_LENGTH = 60;

/**
 * Takes the known fields of a mapping. A field that is null or blank counts as absent; tags may be one string with commas.
 * @param others keys that somebody else takes.
 */
export function readFields(source: object, others: readonly string[] = []): FieldsResult {
  const given = Object.entries(source).flatMap(([key, value]) => {
    const field = FIELD_NAMES.find((name) => name === key);
    return field === undefined || isBlank(value)
      ? []
      : [[field, field === "tags" ? splitTags(value) : value]];
  });
  const parsed = fieldsSchema.safeParse(Object.fromEntries(given));
  if (parsed.success) {
    const known: readonly string[] = [...FIELD_NAMES, ...others];
    const ignored = Object.keys(source).filter((key) => !known.includes(key));
    return {
      fields: parsed.data,
      ignored: ignored.slice(0, MAX_IGNORED).map((key) => key.slice(0, MAX_KEY_LENGTH)),
    };
  }
  const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  return {
    field: FIELD_NAMES.find((name) => name === parsed.error.issues[0]?.path[0]),
    message: `The prompt's ${issues.join("; ")}`,
  };
}

function isBlank(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === "string" && value.trim() === "");
}

function splitTags(value: unknown): unknown {
  return typeof value === "string" ? value.split(",").filter((tag) => tag.trim() !== "") : value;
}

/** What keeps a text from being a prompt's content, in words for its author. */
export function contentProblem(content: string): string | undefined {
  try {
    checkContent(content);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.message;
    throw thrown;
  }
}

/** Enough of a text for any slug. */
const SLUG_SOURCE_LENGTH = 200;

/** The name for a prompt whose author gave none: from its title, else from the start of its text. */
export function derivedName(title: string | undefined, content: string): DraftName {
  return { value: slugFrom(title ?? content.trimStart().slice(0, SLUG_SOURCE_LENGTH)), derived: true };
}
