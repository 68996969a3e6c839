import type { PromptFilter } from "../domain/ports/prompt-filter.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { SearchMode } from "../domain/search-evaluation.ts";
import { confidenceByWords } from "./confidence.ts";
import { type Coverage, NOT_COVERED } from "./coverage.ts";
import { assumedNearness, type Candidate, rank, scoreOf } from "./fusion.ts";
import { gatherSightings, type Sightings } from "./sightings.ts";

/** So many of the best word matches are known of each query. */
export const WORD_MATCHES = 100;

/** Who wants to see fewer prompts is answered as exactly. */
const LEAST_DEPTH = 10;

/**
 * What the first look takes in for `LEAST_DEPTH` prompts, and in proportion for more: chunks that are near, word matches with all of their
 * chunks, and further ones with their openings, which mostly tell that they are not shown. More leaves less open, and each chunk
 * takes 4 µs. Of 100 queries over 1,529 real prompts this settles 76 at one look, with 286 chunks in the median; 100 near ones, ten
 * matches and forty openings settled 70 with 343, since what has many of the words is long.
 */
const FIRST_LOOK = { chunks: 160, matches: 5, openings: 45 };
/** In a large library words match too many prompts to tell them apart: over 100,000 chunks this settles 75 %, and with 200 openings 76 %. */
const FIRST_LOOK_AT_MANY = { chunks: 300, matches: 0, openings: 0 };
const MANY_PROMPTS = 10_000;

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
  /** What any prompts cover; those that have been archived or removed are left out. */
  readonly coverageBy: (promptIds: readonly string[]) => Promise<ReadonlyMap<string, Coverage>>;
  /** What any other prompt than the best word matches covers at most. */
  readonly beyond: Coverage;
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
  const { filter, promptCount } = question;
  const sightings = gatherSightings();
  const coverage = new Map(question.coverage);
  const depth = Math.max(question.depth, LEAST_DEPTH);
  const first = promptCount > MANY_PROMPTS ? FIRST_LOOK_AT_MANY : FIRST_LOOK;
  const matches = bestMatches(question);
  const inProportion = (count: number) => Math.ceil((count * depth) / LEAST_DEPTH);
  const whole = inProportion(first.matches);
  const opened = whole + inProportion(first.openings);
  let farthest = inProportion(first.chunks);
  let next = { nearest: farthest, also: matches.slice(0, whole), openings: matches.slice(whole, opened) };
  for (let looks = 1; ; looks++) {
    const look = await searchIndex.look(tenantId, vector, { filter, promptCount, ...next });
    sightings.add(look, next.also);
    await readCoverage(sightings, coverage, question);
    const { ranked, open, isFarther } = weigh(sightings, { ...question, coverage });
    if (looks === MOST_LOOKS || (open.length === 0 && !isFarther)) return ranked;
    if (isFarther) farthest *= FARTHER;
    next = { nearest: isFarther ? farthest : 0, also: open.slice(0, MOST_ALSO), openings: [] };
  }
}

/** Adds what prompts cover that were seen and that may be shown for it; forgets those of them that are gone. */
async function readCoverage(
  sightings: Sightings,
  coverage: Map<string, Coverage>,
  question: Question,
): Promise<void> {
  for (;;) {
    const unread = unreadThatCount(sightings, { ...question, coverage });
    if (unread.length === 0) return;
    const read = await question.coverageBy(unread);
    for (const [id, covered] of read) coverage.set(id, covered);
    // What was left unread has no chance yet: only where one of those before it is gone it may have one.
    if (read.size === unread.length) return;
    sightings.forget(unread.filter((id) => !read.has(id)));
  }
}

/** Those that were seen, and not read, and might be shown, or tell how sure the answer is, were all of them there. */
function unreadThatCount(
  sightings: Sightings,
  { mode, coverage, beyond, foreign, depth }: Question,
): string[] {
  const ids = [...sightings.ids()];
  if (ids.every((id) => coverage.has(id))) return [];
  const seen = ids.map((id) => ({ id, nearness: sightings.mostNearness(id), covered: coverage.get(id) }));
  const known = Float64Array.from(
    seen.filter(({ id }) => sightings.isKnown(id)),
    ({ nearness, covered }) => scoreOf(mode, nearness, covered ?? NOT_COVERED, foreign),
  ).sort();
  const last = known[known.length - depth] ?? -1;
  const nearest = seen.reduce((most, { nearness }) => Math.max(most, nearness), -1);
  return seen.flatMap(({ id, nearness, covered }) =>
    covered === undefined && (scoreOf(mode, nearness, beyond, foreign) >= last || nearness >= nearest)
      ? id
      : [],
  );
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
  const all = [...coverage.keys()].filter((id) => mode !== "meaning" || seen.has(id));
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
