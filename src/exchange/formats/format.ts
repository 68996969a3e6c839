import type { ExportedVersion } from "../../domain/exchanged.ts";
import type { Found } from "../prompt-draft.ts";

/** Formats that prompts are written in; all of them are read, too. */
export const FORMAT_NAMES = [
  "jsonl",
  "markdown",
  "dotprompt",
  "skill",
  "claude-command",
  "prompts-chat",
  "langfuse",
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Formats that are only read. */
export const READ_ONLY_FORMAT_NAMES = ["json", "text"] as const;
export type ReadableFormat = FormatName | (typeof READ_ONLY_FORMAT_NAMES)[number];

/** A file as it is read: nothing of it is looked up anywhere. */
export interface FormatFile {
  /** For messages and titles. */
  readonly path: string;
  /** The prompt name that the file's path gives. */
  readonly name: string;
  readonly text: string;
}

/** Reads the prompts of one file. What cannot be taken is a flaw with its line. */
export type FormatReader = (file: FormatFile) => Iterable<Found>;

/** What a format has no place for. The words are in `losses.ts`. */
export const LOSS_KINDS = [
  "name",
  "title",
  "description",
  "tags",
  "messages",
  "input_schema",
  "config",
  "labels",
  "labels_elsewhere",
  "change_note",
  "spacing",
  "includes",
  "unfilled",
  "commands",
] as const;
export type LossKind = (typeof LOSS_KINDS)[number];

/** Something of a prompt that does not go with it. */
export interface Loss {
  readonly kind: LossKind;
  readonly name: string;
}

/** A file to be written, or the next part of one: parts with the same path follow on each other. */
export interface FileText {
  /** Below the folder of the export, with `/` between its parts. */
  readonly path: string;
  readonly text: string;
}

export interface Written {
  readonly files: readonly FileText[];
  readonly losses: readonly Loss[];
}

/** Which part of an export this is: it may come in several, one after the other. */
export interface Part {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Writes versions, in the order of their names and numbers. Equal versions give equal bytes. */
export interface FormatWriter {
  /** `folder`: a file for each prompt; `file`: one for all. */
  readonly layout: "folder" | "file";
  /** Whether it can hold more than one version of a prompt. */
  readonly holdsHistory: boolean;
  /** Whether all has to be written in one part, since the format has an order of its own. */
  readonly isWhole: boolean;
  /** Media type of the file, where all goes into one. */
  readonly mediaType: string;
  readonly write: (versions: readonly ExportedVersion[], part: Part) => Written;
  /** Of a folder: the file of a version where it lies already. */
  readonly textAt?: (version: ExportedVersion, path: string) => string;
}
