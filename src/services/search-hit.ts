import { LATEST } from "../domain/names.ts";
import type { ChunkPlace, Span } from "../domain/ports/search.ts";
import type { ShownPrompt } from "../domain/ports/shown.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
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
  describe: (found: Found, prompt: ShownPrompt) => Hit,
  label: string = LATEST,
): Promise<Hit[]> {
  const ids = found.map(({ promptId }) => promptId);
  const shown = new Map((await store.shown.at(label, ids)).map((prompt) => [prompt.id, prompt]));
  return found.flatMap((one) => {
    const prompt = shown.get(one.promptId);
    return prompt === undefined ? [] : [describe(one, prompt)];
  });
}

function hitOf({ score, coverage, why, hit }: Candidate, prompt: ShownPrompt): SearchHit {
  const { id, name, title, version, content } = prompt;
  return {
    id,
    name,
    title,
    version,
    score: rounded(score),
    passage: passageOf(content, spanOf(hit, prompt), coverage.words),
    why,
    matched_words: [...coverage.words],
    similarity: hit === undefined ? null : rounded(hit.similarity),
  };
}

export function spanOf(chunk: ChunkPlace | undefined, { spans }: ShownPrompt): Span | undefined {
  return chunk && spans?.[chunk.position];
}

/** To four decimals: more are noise. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
