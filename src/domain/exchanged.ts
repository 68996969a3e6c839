import type { ChatEntry } from "./chat.ts";
import type { JsonObject } from "./json-bounds.ts";
import type { VersionView } from "./prompt.ts";

/** All that a format may carry over: not who made the version, and when. */
type Carried = Pick<
  VersionView,
  | "number"
  | "labels"
  | "title"
  | "description"
  | "tags"
  | "content"
  | "messages"
  | "declared_schema"
  | "config"
  | "change_note"
>;

/** A version on its way out of a library, under the name of its prompt. */
export interface ExportedVersion extends Carried {
  readonly name: string;
  readonly isLatest: boolean;
  /** Labels of the prompt that point to versions that are not in the export. */
  readonly labelsElsewhere: readonly string[];
}

/** A version on its way into a library. What is left out is, in an update, as it was; in a new prompt, the default. */
export interface ImportedVersion {
  /** The number that it had where it comes from; `undefined` where a format knows no versions. */
  readonly version?: number;
  /** Labels that pointed to it. */
  readonly labels?: readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Of a chat, its messages as one text. */
  readonly content: string;
  readonly messages?: readonly ChatEntry[];
  /** As its author declared it; `null`: there is none. */
  readonly input_schema?: JsonObject | null;
  readonly config?: JsonObject;
  readonly change_note?: string;
}

/** A prompt on its way into a library: its versions, oldest first; one at least. */
export interface ImportedPrompt {
  readonly name: string;
  readonly versions: readonly [ImportedVersion, ...ImportedVersion[]];
}

/** What to do with a prompt whose name is in use. */
export const ON_EXISTING = ["update", "skip", "fail"] as const;
export type OnExisting = (typeof ON_EXISTING)[number];

export const IMPORT_OUTCOMES = ["created", "updated", "unchanged", "skipped"] as const;

export interface ImportChoices {
  readonly onExisting: OnExisting;
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** The latest version that the prompt has to have, 0: none; anything else is `precondition_failed`. */
  readonly expectedVersion?: number | undefined;
}

/** What became of a prompt. */
export interface ImportOutcome {
  readonly outcome: (typeof IMPORT_OUTCOMES)[number];
  /** The latest version of the prompt after it; of a dry run, what it would be. */
  readonly version: number;
  /** What could not be done as asked, in words: a label that may not be moved, a history that differs. */
  readonly notes: readonly string[];
}
