import type { PromptFilter } from "./prompt-filter.ts";

/** The texts of a prompt that are searched by words. */
export interface IndexedWords {
  readonly promptId: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly content: string;
}

/** Full-text search over the latest versions of prompts that are not archived: name, title, tags, description, content. */
export interface WordIndex {
  put(entry: IndexedWords): Promise<void>;
  remove(promptId: string): Promise<void>;
  /**
   * Takes words of texts that are gone for good, and that no prompt here has, out of the vocabulary.
   * @param inUse Words that are known to be in use: what is found out is added, so that texts of one prompt are not asked about twice.
   */
  forget(texts: readonly string[], inUse: Set<string>): Promise<void>;
  /** In how many of the tenant's prompts each term occurs, counted up to one more than `most`. Terms are single words. */
  count(
    terms: readonly string[],
    options?: { readonly most?: number | undefined },
  ): Promise<ReadonlyMap<string, number>>;
  /** Where each term occurs. Read once for a query, and good for it though prompts change meanwhile. */
  list(terms: readonly WeightedTerm[]): Promise<readonly ListedTerm[]>;
  /**
   * Which of the terms they have, for the prompts that have the most: the first `limit` by the weight of what they have, and the
   * first `limit` where what is in name or title counts `titleWeight` times its weight again. Of those that pass the filter.
   */
  best(
    terms: readonly ListedTerm[],
    options: { readonly filter: PromptFilter; readonly limit: number; readonly titleWeight: number },
  ): Promise<ReadonlyMap<string, HeldTerms>>;
  /** The same for certain prompts, be it none of the terms; those that are archived, or not the tenant's, are left out. */
  heldBy(promptIds: readonly string[], terms: readonly ListedTerm[]): Promise<ReadonlyMap<string, HeldTerms>>;
  /**
   * Words of the tenant's prompts, in lower case and without accents, made of letters only. Some may occur no longer,
   * which `count` tells; of a great many, only some are given.
   */
  vocabulary(shape: WordShape): Promise<readonly string[]>;
}

export interface WordShape {
  /** The first letter. */
  readonly initial: string;
  /** In code points. */
  readonly shortest: number;
  readonly longest: number;
}

export interface WeightedTerm {
  readonly term: string;
  readonly weight: number;
}

/** A term with the prompts that have it, and those of them that have it in name or title, as the index numbers them; ascending. */
export interface ListedTerm extends WeightedTerm {
  readonly rows: Uint32Array;
  readonly titled: Uint32Array;
}

/** Which of some terms a prompt has. */
export interface HeldTerms {
  readonly terms: readonly string[];
  /** Those of them that are in its name or title. */
  readonly titled: readonly string[];
}
