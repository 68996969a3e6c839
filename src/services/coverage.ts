import type { HeldTerms } from "../domain/ports/words.ts";
import type { QueryWord } from "./query-words.ts";

/** How much of a query's words a prompt holds. */
export interface Coverage {
  /** Share of the weight of the query's words that the prompt has, 0 to 1. */
  readonly share: number;
  /** The same of its name and title alone. */
  readonly titleShare: number;
  readonly words: readonly string[];
}

export const NOT_COVERED: Coverage = { share: 0, titleShare: 0, words: [] };

/** What a word in the name or title is worth beside its being there at all, where words decide alone. */
export const TITLE_WEIGHT = 0.5;

/** The order of prompts by words alone. */
export function wordScore({ share, titleShare }: Coverage): number {
  return share + TITLE_WEIGHT * titleShare;
}

/** Coverage of the query by prompts, by what they hold of its words. */
export function coverageOf(
  words: readonly QueryWord[],
  held: ReadonlyMap<string, HeldTerms>,
): ReadonlyMap<string, Coverage> {
  const weights = new Map(words.map(({ term, weight }) => [term, weight]));
  const total = weightOf([...weights.keys()]);

  function weightOf(terms: readonly string[]): number {
    return terms.reduce((sum, term) => sum + (weights.get(term) ?? 0), 0);
  }

  const shareOf = (terms: readonly string[]) => (total === 0 ? 0 : weightOf(terms) / total);
  return new Map(
    [...held].map(([id, { terms, titled }]): [string, Coverage] => [
      id,
      { share: shareOf(terms), titleShare: shareOf(titled), words: terms },
    ]),
  );
}

/** What a prompt covers at most that is not among the `limit` best by either order. */
export function coverageBeyond(best: ReadonlyMap<string, Coverage>, limit: number): Coverage {
  if (best.size < limit) return NOT_COVERED;
  const last = (value: (covered: Coverage) => number) =>
    [...best.values()].map(value).sort((a, b) => b - a)[limit - 1] ?? 0;
  const share = last((covered) => covered.share);
  return { share, titleShare: Math.max(0, (last(wordScore) - share) / TITLE_WEIGHT), words: [] };
}

/** Share of the weight of the query's words that no prompt has. */
export function missingShare(words: readonly QueryWord[]): number {
  const total = words.reduce((sum, { weight }) => sum + weight, 0);
  const missing = words.filter(({ count }) => count === 0);
  return total === 0 ? 0 : missing.reduce((sum, { weight }) => sum + weight, 0) / total;
}
