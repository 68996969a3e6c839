import { setImmediate as otherWork } from "node:timers/promises";
import type { WordIndex } from "../domain/ports/words.ts";
import { foldWord } from "../domain/words.ts";
import { costLimit, hasLikeLetters, LENGTH_CHANGE, SHORTEST_CORRECTED, typingCost } from "./spelling.ts";

/** The words of the prompts that are nearest to an unknown word, between which their frequency decides. */
const CANDIDATES = 8;
/** What one natural logarithm of a word's frequency is worth beside the cost of a slip. Flat from 0.02 to 0.1. */
const FREQUENCY_WEIGHT = 0.05;
/** A query with more unknown words than this is no query with slips. */
const MAX_CORRECTED = 8;

/** A long word cut to its first and last letter around the number of those between: k8s, i18n. */
const NUMERONYM = /^(\p{L})(\d{1,2})(\p{L})$/u;
const WITH_LETTERS_ONLY = /^\p{L}+$/u;

export interface Correction {
  readonly word: string;
  /** In how many prompts it is. */
  readonly count: number;
}

export interface CorrectionSources {
  /** Where the words of the tenant's own prompts are: no other word is proposed. */
  readonly words: Pick<WordIndex, "vocabulary">;
  readonly count: (terms: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  /** Knows which words are words, although no prompt has them. */
  readonly knowsWord?: ((word: string) => Promise<boolean>) | undefined;
}

/** For words that no prompt has, the word of the prompts that was most likely meant, where there is one. */
export async function correctionsOf(
  unknown: readonly string[],
  sources: CorrectionSources,
): Promise<ReadonlyMap<string, Correction>> {
  const found = new Map<string, Correction>();
  for (const term of unknown.slice(0, MAX_CORRECTED)) {
    const correction = await correctionOf(foldWord(term), sources);
    if (correction !== undefined) found.set(term, correction);
    // Each may be compared with many thousand words, during which nobody else is answered.
    await otherWork();
  }
  return found;
}

async function correctionOf(typed: string, sources: CorrectionSources): Promise<Correction | undefined> {
  const nearest = (await candidatesOf(typed, sources)).sort((a, b) => a.cost - b.cost).slice(0, CANDIDATES);
  if (nearest.length === 0) return undefined;
  const counts = await sources.count(nearest.map(({ word }) => word));
  const ranked = nearest.flatMap(({ word, cost }) => {
    const count = counts.get(word) ?? 0;
    return count === 0 ? [] : [{ word, count, cost: cost - FREQUENCY_WEIGHT * Math.log(count) }];
  });
  return ranked.sort((a, b) => a.cost - b.cost || (a.word < b.word ? -1 : 1))[0];
}

async function candidatesOf(typed: string, { words, knowsWord }: CorrectionSources) {
  const [, initial, between, final] = NUMERONYM.exec(typed) ?? [];
  if (initial !== undefined && final !== undefined) {
    const length = Number(between) + 2;
    const fitting = await words.vocabulary({ initial, shortest: length, longest: length });
    return fitting.filter((word) => word.endsWith(final)).map((word) => ({ word, cost: 0 }));
  }
  if (typed.length < SHORTEST_CORRECTED || !WITH_LETTERS_ONLY.test(typed)) return [];
  if (await knowsWord?.(typed)) return [];
  // The first letter is seldom mistyped, and few words begin with the same.
  const alike = await words.vocabulary({
    initial: String.fromCodePoint(typed.codePointAt(0) ?? 0),
    shortest: typed.length - LENGTH_CHANGE,
    longest: typed.length + LENGTH_CHANGE,
  });
  const limit = costLimit(typed);
  return alike
    .filter((word) => hasLikeLetters(typed, word))
    .map((word) => ({ word, cost: typingCost(typed, word, limit) }))
    .filter(({ cost }) => Number.isFinite(cost));
}
