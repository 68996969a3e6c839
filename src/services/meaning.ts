import type { ChunkHit, SearchIndex } from "../domain/ports/search.ts";
import type { PromptFilter } from "../domain/ports/storage.ts";
import type { SearchMode } from "../domain/search-evaluation.ts";
import { CONVINCING_COVERAGE } from "./confidence.ts";
import { type Coverage, wordScore } from "./coverage.ts";
import { type MeaningHit, rank, scoreOf } from "./fusion.ts";

/** How many of the nearest prompts, and of the best word matches, are weighed against each other. */
const CANDIDATES = 100;

export interface Question {
  readonly mode: SearchMode;
  readonly filter: PromptFilter;
  readonly coverage: ReadonlyMap<string, Coverage>;
  /** The model was not made for the query's language. */
  readonly foreign: boolean;
  /** How many prompts are to be shown: beyond them the order is of no interest. */
  readonly depth: number;
  /** Prompts that are not embedded yet. */
  readonly pending: number;
}

export interface Meanings {
  readonly hits: readonly MeaningHit[];
  /** Coverage of those that were compared, which come before all others. A prompt without a hit is not embedded yet. */
  readonly coverage: ReadonlyMap<string, Coverage>;
}

/**
 * The nearest prompts, and how near the best word matches are that are not among them. Word matches that could not be
 * shown however near they were, as near as a prompt can be that is not among the nearest, are not even looked up.
 * Asks the index twice in a row. Throws where it does not answer.
 */
export async function meaningsOf(
  searchIndex: Pick<SearchIndex, "nearest" | "openings">,
  tenantId: string,
  vector: Float32Array,
  question: Question,
): Promise<Meanings> {
  const { filter, coverage } = question;
  const nearest = await searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES });
  const others = wordMatchesBeyond(nearest, question);
  // Fewer than asked for: those are all that have been embedded.
  const among = nearest.length < CANDIDATES ? [] : others;
  const unopened = [...idsOf(nearest.filter(({ opens }) => !opens)), ...among];
  const [matched, openings] = await Promise.all([
    among.length === 0 ? [] : searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES, among }),
    unopened.length === 0 ? undefined : searchIndex.openings(tenantId, vector, unopened),
  ]);
  return {
    hits: [...nearest, ...matched].map((hit) => ({
      ...hit,
      opening: openings?.get(hit.promptId) ?? hit.similarity,
    })),
    coverage: coverageAmong(coverage, [...idsOf(nearest), ...others]),
  };
}

/** The best word matches that are not among the nearest, and that may matter for what is shown and how sure it is. */
function wordMatchesBeyond(nearest: readonly ChunkHit[], question: Question): string[] {
  const seen = new Set(idsOf(nearest));
  const matters = whatMatters(nearest, question);
  return [...question.coverage]
    .filter(([id, covered]) => !seen.has(id) && matters(covered))
    .sort(([, a], [, b]) => wordScore(b) - wordScore(a))
    .slice(0, CANDIDATES)
    .map(([id]) => id);
}

function whatMatters(
  nearest: readonly ChunkHit[],
  { mode, coverage, foreign, depth, pending }: Question,
): (covered: Coverage) => boolean {
  // Those whose score is known already: what comes after as many of them as are shown is not shown.
  const known = nearest.filter(({ opens }) => opens).map((hit) => ({ ...hit, opening: hit.similarity }));
  const ranked = rank(mode, { coverage: coverageAmong(coverage, idsOf(known)), hits: known, foreign });
  const [last, farthest] = [ranked[depth - 1], nearest.at(-1)];
  // What is not embedded yet may be as near as its words say.
  if (pending > 0 || last === undefined || farthest === undefined) return () => true;
  // Its nearness alone would tell how sure the answer is.
  if (ranked.every(({ nearness }) => nearness < farthest.similarity)) return () => true;
  return (covered) =>
    covered.share >= CONVINCING_COVERAGE ||
    scoreOf(mode, farthest.similarity, covered, foreign) >= last.score;
}

function coverageAmong(coverage: ReadonlyMap<string, Coverage>, ids: readonly string[]) {
  return new Map(
    ids.flatMap((id): [string, Coverage][] => {
      const covered = coverage.get(id);
      return covered === undefined ? [] : [[id, covered]];
    }),
  );
}

function idsOf(hits: readonly ChunkHit[]): string[] {
  return hits.map(({ promptId }) => promptId);
}
