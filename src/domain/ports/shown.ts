import type { Version } from "../prompt.ts";
import type { Span } from "./search.ts";

/** What a search shows of a prompt, as it is at a version. */
export interface ShownPrompt extends Pick<Version, "title" | "content"> {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  /** Of the chunks of this version; left out where the index holds another one, or none. */
  readonly spans?: readonly Span[] | undefined;
}

export interface ShownStore {
  /** Those of these prompts that are not archived, in any order, as they are at a label; without those that do not have it. */
  at(label: string, promptIds: readonly string[]): Promise<ShownPrompt[]>;
}
