import type { IndexedWords } from "../../domain/ports/words.ts";

/** Where a term stands. */
export type Place = "anywhere" | "title";

/** The full-text index of a database, as rows: a prompt's row is its `seq`. */
export interface WordRows {
  /** Throws when the prompt is not stored. */
  put(tenantId: string, entry: IndexedWords): Promise<void>;
  remove(tenantId: string, promptId: string): Promise<void>;
  /** For each term the rows of the tenant's prompts that have it, ascending; `undefined` where they are more than `most`. */
  rows(
    tenantId: string,
    terms: readonly string[],
    place: Place,
    most: number,
  ): Promise<readonly (Uint32Array | undefined)[]>;
}
