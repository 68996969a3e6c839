import type { PromptFilter } from "../domain/ports/prompt-filter.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { SearchMode } from "../domain/search-evaluation.ts";
import { confidenceByWords } from "./confidence.ts";
import type { Coverage } from "./coverage.ts";
import { assumedNearness, type Candidate, NOT_COVERED, rank, scoreOf } from "./fusion.ts";
import { gatherSightings, type Sightings } from "./sightings.ts";

/** So many of the best word matches are known of each query. */
export const WORD_MATCHES = 200;

/**
 * What the first look takes in, for each prompt that is to be shown: more leaves less open, and each chunk takes 7 µs. Of 150
 * queries over libraries of 1,500 and 10,000 chunks 73 and 81 % were answered by one look, which told 228 and 204 chunks on
 * average; at ten and three times as many matches 88 % of both, and 310 and 368 chunks.
 */
const CHUNKS_A_PROMPT = 15;
/** In a large library more are about as near as the last: over 100,000 chunks 20 settle 67 % of the queries at one look, 15 settle 47 %. */
const LARGE_LIBRARY = 10_000;
const CHUNKS_A_PROMPT_OF_LARGE = 20;
/** Prompts that match best by words are mostly long: over 1,529 real ones each brings some 25 chunks along. */
const MATCHES_A_PROMPT = 1;
/** Who wants to see fewer prompts is answered as exactly. */
const LEAST_DEPTH = 10;

/** What the next look takes in. */
const FARTHER = 4;
const MOST_ALSO = 100;
/** Mostly one does, or two. */
const MOST_LOOKS = 5;

export interface Question {
  readonly mode: Exclude<SearchMode, "words">;
  readonly filter: PromptFilter;
  /** What the best word matches cover of the query. */
  readonly coverage: ReadonlyMap<string, Coverage>;
  /** What any prompts cover; those that cover nothing may be left out. */
  readonly coverageBy: (promptIds: readonly string[]) => Promise<ReadonlyMap<string, Coverage>>;
  /** The model was not made for the query's language. */
  readonly foreign: boolean;
  /** How many prompts are to be shown: beyond them the order is of no interest. */
  readonly depth: number;
  /** Prompts of the tenant. */
  readonly promptCount: number;
  /** Those of them that are not embedded yet. */
  readonly pending: number;
}

/**
 * The prompts that are to be shown, in their order, and others, as if all that are near and all of the best word matches had
 * been compared. What could not be shown however near it was, as near as it can be after what was seen, is not looked at: the
 * threshold algorithm [Fagin, Lotem and Naor 2003]. So the index is mostly asked once. Throws where it does not answer.
 */
export async function rankedByMeaning(
  searchIndex: Pick<SearchIndex, "look">,
  tenantId: string,
  vector: Float32Array,
  question: Question,
): Promise<Candidate[]> {
  const { filter } = question;
  const sightings = gatherSightings();
  const coverage = new Map(question.coverage);
  const depth = Math.max(question.depth, LEAST_DEPTH);
  let farthest = (question.promptCount > LARGE_LIBRARY ? CHUNKS_A_PROMPT_OF_LARGE : CHUNKS_A_PROMPT) * depth;
  let next = { nearest: farthest, also: bestMatches(question).slice(0, MATCHES_A_PROMPT * depth) };
  for (let looks = 1; ; looks++) {
    const before = new Set(sightings.ids());
    sightings.add(await searchIndex.look(tenantId, vector, { filter, ...next }), next.also);
    const unmatched = [...sightings.ids()].filter((id) => !before.has(id) && !coverage.has(id));
    for (const [id, covered] of await question.coverageBy(unmatched)) coverage.set(id, covered);
    const { ranked, open, isFarther } = weigh(sightings, { ...question, coverage });
    if (looks === MOST_LOOKS || (open.length === 0 && !isFarther)) return ranked;
    if (isFarther) farthest *= FARTHER;
    next = { nearest: isFarther ? farthest : 0, also: open.slice(0, MOST_ALSO) };
  }
}

interface Weighed {
  /** What is known, best first. */
  readonly ranked: Candidate[];
  /** Prompts that might be shown, or tell how sure the answer is, were they as near as they can be. Likeliest first. */
  readonly open: string[];
  /** Whether one might that was not seen at all. */
  readonly isFarther: boolean;
}

function weigh(sightings: Sightings, { mode, coverage, foreign, depth, pending }: Question): Weighed {
  const seen = new Set(sightings.ids());
  // By meaning alone, what was not seen has nothing to be ranked by.
  const all = new Set(mode === "meaning" ? seen : [...seen, ...coverage.keys()]);
  const { known = [], unknown = [] } = Object.groupBy(all, (id) =>
    sightings.isKnown(id) ? "known" : "unknown",
  );
  const ranked = rank(mode, {
    coverage: new Map(known.map((id) => [id, coverage.get(id) ?? NOT_COVERED])),
    hits: known.flatMap((id) => sightings.hit(id) ?? []),
    foreign,
  });
  const last = ranked[depth - 1]?.score ?? Number.NEGATIVE_INFINITY;
  const nearest = mostOf(ranked, (candidate) => candidate.nearness);
  const surest = mostOf(ranked, confidenceByWords);

  function most(id: string) {
    const covered = coverage.get(id) ?? NOT_COVERED;
    const isEmbedded = pending === 0 || seen.has(id);
    const nearness = Math.max(sightings.mostNearness(id), isEmbedded ? -1 : assumedNearness(covered));
    return { id, covered, isEmbedded, nearness, score: scoreOf(mode, nearness, covered, foreign) };
  }

  const open = unknown
    .map(most)
    .filter(
      ({ covered, isEmbedded, nearness, score }) =>
        score >= last || nearness > nearest || confidenceByWords({ coverage: covered, isEmbedded }) > surest,
    )
    .sort((a, b) => b.score - a.score);
  const horizon = sightings.horizon();
  return {
    ranked,
    open: open.map(({ id }) => id),
    isFarther:
      Number.isFinite(horizon) && (horizon > nearest || scoreOf(mode, horizon, NOT_COVERED, foreign) >= last),
  };
}

/** The word matches that would come first if all were equally near. */
function bestMatches({ mode, coverage, foreign }: Question): string[] {
  if (mode === "meaning") return [];
  const scored = [...coverage].map(([id, covered]) => ({ id, score: scoreOf(mode, 0, covered, foreign) }));
  return scored.sort((a, b) => b.score - a.score).map(({ id }) => id);
}

function mostOf(candidates: readonly Candidate[], value: (candidate: Candidate) => number): number {
  // Not Math.max(...): there may be more candidates than a call takes arguments.
  return candidates.reduce((most, candidate) => Math.max(most, value(candidate)), Number.NEGATIVE_INFINITY);
}
