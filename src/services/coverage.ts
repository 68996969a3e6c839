import type { QueryWord } from "./query-words.ts";

/** How much of a query's words a prompt holds. */
export interface Coverage {
  /** Share of the weight of the query's words that the prompt has, 0 to 1. */
  readonly share: number;
  /** The same of its name and title alone. */
  readonly titleShare: number;
  readonly words: readonly string[];
}

/** What a word in the name or title is worth beside its being there at all, where words decide alone. */
const TITLE_WEIGHT = 0.5;

/** The order of prompts by words alone. */
export function wordScore({ share, titleShare }: Coverage): number {
  return share + TITLE_WEIGHT * titleShare;
}

/** Coverage of the query by each prompt that holds one of its words. */
export function coverageOf(words: readonly QueryWord[]): ReadonlyMap<string, Coverage> {
  const total = words.reduce((sum, { weight }) => sum + weight, 0);
  const found = new Map<string, { share: number; titleShare: number; words: string[] }>();
  for (const { term, match, weight } of words) {
    const part = total === 0 ? 0 : weight / total;
    for (const id of match.promptIds) {
      const entry = found.get(id) ?? { share: 0, titleShare: 0, words: [] };
      entry.share += part;
      entry.words.push(term);
      found.set(id, entry);
    }
    for (const id of match.titledIds) {
      const entry = found.get(id);
      if (entry !== undefined) entry.titleShare += part;
    }
  }
  return found;
}

/** Share of the weight of the query's words that no prompt has. */
export function missingShare(words: readonly QueryWord[]): number {
  const total = words.reduce((sum, { weight }) => sum + weight, 0);
  const missing = words.filter(({ match }) => match.count === 0);
  return total === 0 ? 0 : missing.reduce((sum, { weight }) => sum + weight, 0) / total;
}
