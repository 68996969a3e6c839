import type { ChunkHit } from "../domain/ports/search.ts";
import type { SearchMode } from "../domain/search-evaluation.ts";
import { type Coverage, NOT_COVERED, wordScore } from "./coverage.ts";

/** How near a prompt is to the query in meaning. */
export interface MeaningHit extends ChunkHit {
  /** Cosine of the prompt's first chunk, which holds its title and opening. */
  readonly opening: number;
}

export interface Evidence {
  readonly coverage: ReadonlyMap<string, Coverage>;
  readonly hits: readonly MeaningHit[];
  /** The model was not made for the query's language. */
  readonly foreign: boolean;
}

export interface Candidate {
  readonly promptId: string;
  readonly score: number;
  /** Nearness in meaning, or what is taken for it in a prompt that is not embedded yet. */
  readonly nearness: number;
  readonly why: "meaning" | "words" | "both";
  readonly coverage: Coverage;
  /** Whether it is in the index: its `hit`. */
  readonly isEmbedded: boolean;
  readonly hit: ChunkHit | undefined;
}

/**
 * Measured by nDCG@10 on 93 judged queries over 1,529 prompts (docs/search.md has the table). All are flat around their
 * optimum: an opening share of 0.25 to 0.75 and a word weight of 0.1 to 0.25 stay within 0.015.
 */

/**
 * A prompt's nearness is in part its best chunk's and in part its opening's, which says what the prompt is for: a passage
 * deep in a long prompt may be about anything. 0.583 with the best chunk alone, 0.606 with half of each.
 */
const OPENING_SHARE = 0.5;

/** Weight of the words beside meaning: 0.606 without words, 0.624 with them. */
const WORD_WEIGHT = 0.2;

/**
 * In a language that the model was not made for, near is what is in the same language: words lead, and meaning decides
 * between those that have the same ones. From 6 on the weight makes no difference.
 */
const FOREIGN_WORD_WEIGHT = 10;

/** A prompt that is not embedded yet is taken to be as near as a good match is, as far as its words cover the query. */
const ASSUMED_SIMILARITY = 0.5;

/** From here on meaning, or words, is called a reason for a hit. */
const REASON_SIMILARITY = 0.25;
export const REASON_COVERAGE = 0.25;

/** Joins both lists into one, best first; ties by id, so that the order is always the same. */
export function rank(mode: SearchMode, { coverage, hits, foreign }: Evidence): Candidate[] {
  const byMeaning = new Map(hits.map((hit) => [hit.promptId, hit]));
  const ids = {
    words: coverage.keys(),
    meaning: byMeaning.keys(),
    hybrid: new Set([...byMeaning.keys(), ...coverage.keys()]),
  };
  return [...ids[mode]]
    .map((promptId): Candidate => {
      const covered = coverage.get(promptId) ?? NOT_COVERED;
      const hit = byMeaning.get(promptId);
      const isEmbedded = hit !== undefined;
      const nearness = isEmbedded ? nearnessOf(hit) : assumedNearness(covered);
      const score = scoreOf(mode, nearness, covered, foreign);
      return { promptId, score, nearness, why: reasonOf(hit, covered), coverage: covered, isEmbedded, hit };
    })
    .sort((a, b) => b.score - a.score || (a.promptId < b.promptId ? -1 : 1));
}

export function assumedNearness({ share }: Coverage): number {
  return ASSUMED_SIMILARITY * share;
}

export function nearnessOf({ similarity, opening }: Pick<MeaningHit, "similarity" | "opening">): number {
  return (1 - OPENING_SHARE) * similarity + OPENING_SHARE * opening;
}

export function scoreOf(mode: SearchMode, nearness: number, covered: Coverage, foreign: boolean): number {
  if (mode === "words") return wordScore(covered);
  if (mode === "meaning") return nearness;
  return foreign
    ? nearness + FOREIGN_WORD_WEIGHT * wordScore(covered)
    : nearness + WORD_WEIGHT * covered.share;
}

function reasonOf(hit: ChunkHit | undefined, { share }: Coverage): Candidate["why"] {
  if (hit === undefined) return "words";
  if (share >= REASON_COVERAGE) return hit.similarity >= REASON_SIMILARITY ? "both" : "words";
  return "meaning";
}
