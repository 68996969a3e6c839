import type { Caller } from "../domain/identity.ts";
import { isEmptyFilter, type PromptFilter } from "../domain/ports/prompt-filter.ts";
import type { Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { SearchMode } from "../domain/search-evaluation.ts";
import { replaceWords } from "../domain/words.ts";
import { confidenceOf, LEAST_CONFIDENCE } from "./confidence.ts";
import { coverageBeyond, coverageOf, missingShare, TITLE_WEIGHT } from "./coverage.ts";
import { type Candidate, rank } from "./fusion.ts";
import { rankedByMeaning, WORD_MATCHES } from "./meaning.ts";
import { filterOf } from "./prompt-listing.ts";
import { queryVector } from "./query-vector.ts";
import { readQuery } from "./query-words.ts";
import { describeHits, rounded, type SearchHit } from "./search-hit.ts";

export interface SearchQuery {
  readonly query: string;
  readonly limit: number;
  readonly tag?: string | undefined;
  /** Only prompts that have it; hits are given as they are at the version that it points to. */
  readonly label?: string | undefined;
  readonly folder?: string | undefined;
  readonly author?: string | undefined;
  /** ISO 8601; see `PromptFilter`. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface SearchResult {
  readonly items: SearchHit[];
  /** Nothing fits: there are no items. */
  readonly nothing_relevant: boolean;
  /** 0 to 1: how sure it is that something fits. */
  readonly confidence: number;
  /** The nearest prompts where none is near enough to be offered. */
  readonly closest: SearchHit[];
  /** Words of the query that were looked for in another spelling. */
  readonly corrections: { readonly from: string; readonly to: string }[];
  /** Prompts that are not yet found by meaning. */
  readonly pending: number;
  /** True when meaning could not be used at all: the answer is by words only. */
  readonly degraded: boolean;
}

/** How many are shown where nothing fits. */
const CLOSEST = 3;

export type SearchService = ReturnType<typeof createSearchService>;

/** Search by meaning and by words, fused. */
export function createSearchService(deps: {
  readonly storage: Storage;
  readonly embedder: Embedder;
  readonly searchIndex: SearchIndex;
  /** Hears why meaning could not be used. */
  readonly onDegraded: (reason: unknown) => void;
}) {
  const { storage, embedder, searchIndex, onDegraded } = deps;

  return {
    search: (caller: Caller, query: SearchQuery) => searchBy("hybrid", caller, query),
    /** Search by one of the two alone: to compare them. */
    searchBy,
  };

  function searchBy(mode: SearchMode, caller: Caller, query: SearchQuery): Promise<SearchResult> {
    return answer(mode, caller, query, { corrected: false });
  }

  async function answer(
    mode: SearchMode,
    caller: Caller,
    query: SearchQuery,
    { corrected }: { readonly corrected: boolean },
  ): Promise<SearchResult> {
    const tenant = storage.tenant(caller.tenantId);
    const filter = searchFilter(query);
    // Begun before the words are looked up, which most often finds nothing to correct.
    const asTyped = mode === "words" ? undefined : vectorOf(caller.tenantId, query.query);
    const { words, listed, corrections, foreign, promptCount, coverage, beyond, pending } = await tenant.read(
      async (store) => {
        const read = await readQuery(query.query, store, { knowsWord: embedder.knowsWord, corrected });
        const limit = Math.max(WORD_MATCHES, query.limit);
        const listed = await store.words.list(read.words);
        const best = await store.words.best(listed, { filter, limit, titleWeight: TITLE_WEIGHT });
        const coverage = coverageOf(read.words, best);
        const pending = await store.countPending();
        return { ...read, listed, coverage, beyond: coverageBeyond(coverage, limit), pending };
      },
    );
    const coverageBy = async (ids: readonly string[]) =>
      coverageOf(words, await tenant.read((store) => store.words.heldBy(ids, listed)));
    const asMeant = corrections.size === 0 ? query.query : replaceWords(query.query, corrections);
    const byMeaning =
      mode === "words"
        ? undefined
        : await rankedOrNone(
            caller.tenantId,
            corrections.size === 0 ? asTyped : vectorOf(caller.tenantId, asMeant),
            {
              mode,
              filter,
              coverage,
              coverageBy,
              beyond,
              foreign,
              depth: Math.max(query.limit, CLOSEST),
              promptCount,
              pending,
            },
          );
    const candidates = byMeaning ?? rank("words", { coverage, hits: [], foreign });
    const confidence = confidenceOf(candidates, missingShare(words), promptCount);
    const fits =
      // Words alone do not tell whether anything fits.
      mode !== "hybrid" ||
      byMeaning === undefined ||
      confidence >= LEAST_CONFIDENCE ||
      (await fitsElsewhere(caller, { ...query, query: asMeant }));
    return tenant.read(async (store) => {
      const shown = await describeHits(store, candidates.slice(0, fits ? query.limit : CLOSEST), query.label);
      return {
        items: fits ? shown : [],
        nothing_relevant: !fits || shown.length === 0,
        confidence: rounded(confidence),
        closest: fits ? [] : shown,
        corrections: [...corrections].map(([from, to]) => ({ from, to })),
        // Counted anew: asking may have shown that the index has lost what it held.
        pending: await store.countPending(),
        degraded: mode !== "words" && byMeaning === undefined,
      };
    });
  }

  /** Who asks for the prompts of a folder, a tag, an author, gets them, unless the question is none for this library. */
  async function fitsElsewhere(caller: Caller, asked: SearchQuery) {
    if (isEmptyFilter(searchFilter(asked))) return false;
    const { query } = asked;
    return !(await answer("hybrid", caller, { query, limit: 1 }, { corrected: true })).nothing_relevant;
  }

  /** `undefined` where meaning cannot be used just now, which is reported. */
  function vectorOf(tenantId: string, text: string): Promise<Float32Array | undefined> {
    return queryVector(embedder, tenantId, text).catch(reported);
  }

  async function rankedOrNone(
    tenantId: string,
    pending: Promise<Float32Array | undefined> | undefined,
    question: Parameters<typeof rankedByMeaning>[3],
  ): Promise<Candidate[] | undefined> {
    const vector = await pending;
    if (vector === undefined) return undefined;
    return rankedByMeaning(searchIndex, tenantId, vector, question).catch(reported);
  }

  function reported(reason: unknown): undefined {
    onDegraded(reason);
  }
}

function searchFilter({ tag, label, folder, author, since, until }: SearchQuery): PromptFilter {
  return {
    ...filterOf({ tag, label, folder, author }),
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
  };
}
