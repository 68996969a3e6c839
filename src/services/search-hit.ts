import { LATEST } from "../domain/names.ts";
import type { ChunkHit } from "../domain/ports/search.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, type Version, versionAt } from "../domain/prompt.ts";
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

/** Search hits for candidates, in their order, as they are at a label. */
export function describeHits(
  store: TenantStore,
  candidates: readonly Candidate[],
  label: string | undefined,
): Promise<SearchHit[]> {
  return describeLive(store, candidates, hitOf, label);
}

/**
 * Reads what was found from the database again, with its version at a label: what is gone, archived, or without the
 * label since is dropped.
 */
export async function describeLive<Found extends { readonly promptId: string }, Hit>(
  store: TenantStore,
  found: readonly Found[],
  describe: (found: Found, prompt: Prompt, version: Version) => Hit,
  label: string = LATEST,
): Promise<Hit[]> {
  const there = await store.prompts.findMany(found.map(({ promptId }) => promptId));
  const prompts = new Map(there.map((prompt) => [prompt.id, prompt]));
  const refs = there.flatMap((prompt) => {
    const number = versionAt(prompt, label);
    return number === undefined ? [] : [{ promptId: prompt.id, number }];
  });
  const versions = new Map(
    (await store.versions.findMany(refs)).map((version) => [version.promptId, version]),
  );
  return found.flatMap((one) => {
    const prompt = prompts.get(one.promptId);
    const version = versions.get(one.promptId);
    return prompt && version && prompt.archivedAt === undefined ? [describe(one, prompt, version)] : [];
  });
}

function hitOf({ score, coverage, why, hit }: Candidate, prompt: Prompt, version: Version): SearchHit {
  return {
    id: prompt.id,
    name: prompt.name,
    title: version.title,
    version: version.number,
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
