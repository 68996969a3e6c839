import type { ChunkHit, SearchIndex } from "../domain/ports/search.ts";
import type { PromptFilter } from "../domain/ports/storage.ts";
import type { SearchMode } from "../domain/search-evaluation.ts";
import { CONVINCING_COVERAGE } from "./confidence.ts";
import { type Coverage, wordScore } from "./coverage.ts";
import { type MeaningHit, rank, scoreOf } from "./fusion.ts";

/** How many of the nearest prompts, and of the best word matches, are weighed against each other. */
const CANDIDATES = 100;

/** So many word matches have to be known: as many are left when those are taken out that are among the nearest. */
export const WORD_MATCHES = 2 * CANDIDATES;

/**
 * How many of the nearest will do at first. Of 100 judged queries over 1,529 prompts all had their first ten among so many, or
 * among the word matches that could come before them, and most do by twenty.
 */
const ENOUGH = 40;

export interface Question {
  readonly mode: SearchMode;
  readonly filter: PromptFilter;
  /** What the best word matches cover of the query. */
  readonly coverage: ReadonlyMap<string, Coverage>;
  /** What any prompts cover; those that cover nothing may be left out. */
  readonly coverageBy: (promptIds: readonly string[]) => Promise<ReadonlyMap<string, Coverage>>;
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
 * The nearest prompts, and how near the best word matches are that are not among them. What could not be shown however
 * near it was, as near as a prompt can be that is not among the nearest, is not even looked up: neither word matches nor, where
 * that saves the index a look, the farther of the nearest. Asks the index twice in a row, mostly. Throws where it does not
 * answer.
 */
export async function meaningsOf(
  searchIndex: Pick<SearchIndex, "nearest" | "openings">,
  tenantId: string,
  vector: Float32Array,
  question: Question,
): Promise<Meanings> {
  const { filter, pending, depth } = question;
  // What is not embedded yet may be as near as its words say: then all are weighed.
  const enough = pending > 0 || 2 * depth > ENOUGH ? CANDIDATES : ENOUGH;
  const first = await nearest(enough);
  const { meanings, isFinal } = await weigh(first, first.length < enough);
  if (isFinal || first.length >= CANDIDATES) return meanings;
  const all = await nearest(CANDIDATES);
  return (await weigh(all, all.length < CANDIDATES)).meanings;

  function nearest(least: number, among?: readonly string[]): Promise<ChunkHit[]> {
    return searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES, enough: least, among });
  }

  /** `areAll`: no other prompts have been embedded. */
  async function weigh(found: readonly ChunkHit[], areAll: boolean) {
    const unmatched = idsOf(found).filter((id) => !question.coverage.has(id));
    const coverage = new Map([...question.coverage, ...(await question.coverageBy(unmatched))]);
    const others = wordMatchesBeyond(found, { ...question, coverage });
    const among = areAll ? [] : others.best;
    const unopened = [...idsOf(found.filter(({ opens }) => !opens)), ...among];
    const [matched, openings] = await Promise.all([
      among.length === 0 ? [] : nearest(CANDIDATES, among),
      unopened.length === 0 ? new Map<string, number>() : searchIndex.openings(tenantId, vector, unopened),
    ]);
    const hits = opened(found, openings);
    return {
      meanings: {
        hits: [...hits, ...opened(matched, openings)],
        coverage: coverageAmong(coverage, [...idsOf(found), ...others.best]),
      },
      isFinal:
        areAll || (!others.more && (boundOf(hits, { ...question, coverage })?.excludesOthers ?? false)),
    };
  }
}

function opened(hits: readonly ChunkHit[], openings: ReadonlyMap<string, number>): MeaningHit[] {
  return hits.map((hit) => ({ ...hit, opening: openings.get(hit.promptId) ?? hit.similarity }));
}

/** The best word matches that are not among the nearest, and that may matter for what is shown and how sure it is. */
function wordMatchesBeyond(
  nearest: readonly ChunkHit[],
  question: Question,
): { readonly best: readonly string[]; readonly more: boolean } {
  const seen = new Set(idsOf(nearest));
  // Those whose score is known already.
  const known = nearest.filter(({ opens }) => opens).map((hit) => ({ ...hit, opening: hit.similarity }));
  const bound = question.pending > 0 ? undefined : boundOf(known, question, nearest.at(-1));
  const found = [...question.coverage]
    .filter(([id, covered]) => !seen.has(id) && (bound?.matters(covered) ?? true))
    .sort(([, a], [, b]) => wordScore(b) - wordScore(a));
  return { best: found.slice(0, CANDIDATES).map(([id]) => id), more: found.length > CANDIDATES };
}

/** What is known of prompts that are embedded and not among the nearest: none is nearer than the farthest of those. */
interface Bound {
  /** Whether one that covers so much of the query may be shown, or tell how sure the answer is. */
  matters(covered: Coverage): boolean;
  /** None may that covers nothing. */
  readonly excludesOthers: boolean;
}

/** `undefined` where any may. `known` are some of the nearest. */
function boundOf(
  known: readonly MeaningHit[],
  { mode, coverage, foreign, depth }: Question,
  farthest: ChunkHit | undefined = known.at(-1),
): Bound | undefined {
  const ranked = rank(mode, { coverage: coverageAmong(coverage, idsOf(known)), hits: known, foreign });
  // What comes after as many of them as are shown is not shown.
  const last = ranked[depth - 1];
  if (last === undefined || farthest === undefined) return undefined;
  const { similarity } = farthest;
  // Its nearness alone would tell how sure the answer is.
  if (ranked.every(({ nearness }) => nearness < similarity)) return undefined;
  return {
    matters: (covered) =>
      covered.share >= CONVINCING_COVERAGE || scoreOf(mode, similarity, covered, foreign) >= last.score,
    excludesOthers: last.score > similarity,
  };
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
