import type { Caller } from "../domain/identity.ts";
import type { ChunkHit, Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { PromptFilter, Storage, TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";
import { type Candidate, coverageOf, rank } from "./fusion.ts";
import { passageOf } from "./passage.ts";
import { filterOf } from "./prompts.ts";
import { wordsOf } from "./words.ts";

export interface SearchQuery {
  readonly query: string;
  readonly limit: number;
  readonly tag?: string | undefined;
  readonly folder?: string | undefined;
}

export interface SearchHit {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly version: number;
  readonly score: number;
  readonly passage: string;
  readonly why: "meaning" | "words" | "both";
  readonly matched_words: string[];
  readonly similarity: number | null;
}

export interface SearchResult {
  readonly items: SearchHit[];
  /** Prompts that are not yet found by meaning. */
  readonly pending: number;
  /** True when meaning could not be used at all: the answer is by words only. */
  readonly degraded: boolean;
}

/** How many of the nearest prompts, and of the best word matches, are weighed against each other. */
const CANDIDATES = 100;

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
    async search(caller: Caller, query: SearchQuery): Promise<SearchResult> {
      const filter = filterOf({ tag: query.tag, folder: query.folder });
      const terms = wordsOf(query.query);
      const vector = await embedder.embedQuery(query.query).catch((error: unknown) => {
        onDegraded(error);
        return undefined;
      });
      return storage.tenant(caller.tenantId).read(async (store) => {
        const coverage = coverageOf(await store.words.match(terms, filter), await store.prompts.count());
        const hits = vector ? await meanings(caller.tenantId, vector, filter, [...coverage.keys()]) : [];
        const ranked = rank(coverage, hits).slice(0, query.limit);
        return {
          items: await describe(store, ranked),
          pending: await store.countPending(),
          degraded: vector === undefined,
        };
      });
    },
  };

  /** The nearest prompts, and how near the best word matches are that are not among them. */
  async function meanings(tenantId: string, vector: Float32Array, filter: PromptFilter, byWords: string[]) {
    const nearest = await searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES });
    const seen = new Set(nearest.map((hit) => hit.promptId));
    const among = byWords.filter((id) => !seen.has(id)).slice(0, CANDIDATES);
    if (among.length === 0) return nearest;
    return [
      ...nearest,
      ...(await searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES, among })),
    ];
  }
}

/** Reads the candidates from the database again: what is gone or archived since is dropped. */
async function describe(store: TenantStore, ranked: readonly Candidate[]): Promise<SearchHit[]> {
  const ids = ranked.map((candidate) => candidate.promptId);
  const prompts = new Map((await store.prompts.findMany(ids)).map((prompt) => [prompt.id, prompt]));
  const versions = new Map(
    (await store.versions.findLatest(ids)).map((version) => [version.promptId, version]),
  );
  return ranked.flatMap((candidate) => {
    const prompt = prompts.get(candidate.promptId);
    const version = versions.get(candidate.promptId);
    return prompt && version && prompt.archivedAt === undefined ? [hitOf(candidate, prompt, version)] : [];
  });
}

function hitOf(candidate: Candidate, prompt: Prompt, version: Version): SearchHit {
  return {
    id: prompt.id,
    name: prompt.name,
    title: prompt.title,
    version: prompt.latestVersion,
    score: round(candidate.score),
    passage: passageOf(version.content, spanIn(candidate.hit, version), candidate.matchedWords),
    why: candidate.why,
    matched_words: [...candidate.matchedWords],
    similarity: candidate.hit === undefined ? null : round(candidate.hit.similarity),
  };
}

/** A hit's span is an offset into the version it was made from, and means nothing in a newer one. */
function spanIn(hit: ChunkHit | undefined, version: Version) {
  return hit?.version === version.number ? hit.span : undefined;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
