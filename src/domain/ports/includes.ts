import type { Include } from "../include.ts";

/** A version that includes a prompt. */
export interface IncludeUse extends Include {
  readonly promptId: string;
  readonly version: number;
}

/** What the versions of a tenant's prompts include, to be asked from either side. */
export interface IncludeStore {
  /** Writes what a new version includes. */
  add(promptId: string, version: number, includes: readonly Include[]): Promise<void>;
  /** Of those of these versions that include anything. In any order. */
  of(versions: readonly { readonly promptId: string; readonly version: number }[]): Promise<IncludeUse[]>;
  /**
   * Who includes one of these names: prompts that are not archived, at versions that are the latest, have a label, or are
   * themselves included by their number. In the order of promptId and version, at most `limit`.
   */
  usersOf(names: readonly string[], limit: number): Promise<IncludeUse[]>;
}
