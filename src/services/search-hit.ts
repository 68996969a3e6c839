import type { ChunkHit } from "../domain/ports/search.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";
import type { Candidate } from "./fusion.ts";
import { passageOf } from "./passage.ts";

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

/** Search hits for candidates, in their order. */
export function describeHits(store: TenantStore, candidates: readonly Candidate[]): Promise<SearchHit[]> {
  return describeLive(store, candidates, hitOf);
}

/** Reads what was found from the database again, with its latest version: what is gone or archived since is dropped. */
export async function describeLive<Found extends { readonly promptId: string }, Hit>(
  store: TenantStore,
  found: readonly Found[],
  describe: (found: Found, prompt: Prompt, latest: Version) => Hit,
): Promise<Hit[]> {
  const ids = found.map(({ promptId }) => promptId);
  const prompts = new Map((await store.prompts.findMany(ids)).map((prompt) => [prompt.id, prompt]));
  const versions = new Map(
    (await store.versions.findLatest(ids)).map((version) => [version.promptId, version]),
  );
  return found.flatMap((one) => {
    const prompt = prompts.get(one.promptId);
    const latest = versions.get(one.promptId);
    return prompt && latest && prompt.archivedAt === undefined ? [describe(one, prompt, latest)] : [];
  });
}

function hitOf({ score, coverage, why, hit }: Candidate, prompt: Prompt, version: Version): SearchHit {
  return {
    id: prompt.id,
    name: prompt.name,
    title: prompt.title,
    version: prompt.latestVersion,
    score: rounded(score),
    passage: passageOf(version.content, spanIn(hit, version), coverage.words),
    why,
    matched_words: [...coverage.words],
    similarity: hit === undefined ? null : rounded(hit.similarity),
  };
}

/** A hit's span is an offset into the version it was made from, and means nothing in a newer one. */
export function spanIn(hit: ChunkHit | undefined, version: Version) {
  return hit?.version === version.number ? hit.span : undefined;
}

/** To four decimals: more are noise. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
