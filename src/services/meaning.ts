import type { ChunkHit, SearchIndex } from "../domain/ports/search.ts";
import type { PromptFilter } from "../domain/ports/storage.ts";
import type { MeaningHit } from "./fusion.ts";

/** How many of the nearest prompts, and of the best word matches, are weighed against each other. */
const CANDIDATES = 100;

export interface Meanings {
  readonly hits: readonly MeaningHit[];
  /** The word matches that were compared: those left out come after all of these. A prompt without a hit is not embedded yet. */
  readonly compared: ReadonlySet<string>;
}

/** The nearest prompts, and how near the best word matches are that are not among them. Throws where the index does not answer. */
export async function meaningsOf(
  searchIndex: SearchIndex,
  tenantId: string,
  vector: Float32Array,
  { filter, wordMatches }: { readonly filter: PromptFilter; readonly wordMatches: Iterable<string> },
): Promise<Meanings> {
  const nearest = await searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES });
  const seen = new Set(nearest.map((hit) => hit.promptId));
  const among = [...wordMatches].filter((id) => !seen.has(id)).slice(0, CANDIDATES);
  const matched =
    among.length === 0
      ? []
      : await searchIndex.nearest(tenantId, vector, { filter, limit: CANDIDATES, among });
  return {
    hits: await withOpenings(searchIndex, tenantId, vector, [...nearest, ...matched]),
    compared: new Set([...seen, ...among]),
  };
}

async function withOpenings(
  searchIndex: SearchIndex,
  tenantId: string,
  vector: Float32Array,
  hits: readonly ChunkHit[],
): Promise<MeaningHit[]> {
  const ids = hits.map(({ promptId }) => promptId);
  const openings = ids.length === 0 ? new Map() : await searchIndex.openings(tenantId, vector, ids);
  return hits.map((hit) => ({ ...hit, opening: openings.get(hit.promptId) ?? hit.similarity }));
}
