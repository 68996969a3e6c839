/** Where a term stands. */
export type Place = "anywhere" | "title";

/** The texts of a prompt that are searched by words. */
export interface IndexedWords {
  readonly promptId: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly content: string;
}

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
