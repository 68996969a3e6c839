import { setTimeout as sleep } from "node:timers/promises";
import type { Caller } from "../domain/identity.ts";
import type { ChunkHit, Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { ShownPrompt } from "../domain/ports/shown.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { requirePrompt, requireVersion } from "./lookup.ts";
import { passageOf } from "./passage.ts";
import { describeLive, rounded, spanOf } from "./search-hit.ts";

/**
 * From this cosine of their beginnings on, two prompts are called almost equal. Of 1,529 real prompts 22 pairs reach it,
 * and all 22 share at least half of their three-word sequences; at 0.92 the first pairs appear that share hardly any.
 */
export const NEAR_DUPLICATE_SIMILARITY = 0.95;

/** What a model reads of a beginning lies within these UTF-16 units: the rest is not even split. */
const BEGINNING = 8_000;

/** A prompt is stored already when it is compared: its answer waits no longer than this for the comparison. */
const PATIENCE_MS = 1_000;

/** More of the same do not make a warning clearer. */
const MAX_DUPLICATES = 5;

export interface SimilarPrompt {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly version: number;
  readonly similarity: number;
  readonly passage: string;
}

export type SimilarityService = ReturnType<typeof createSimilarityService>;

/** Prompts that say nearly the same as a text or as another prompt, by their beginnings (the model's window). */
export function createSimilarityService(deps: {
  readonly storage: Storage;
  readonly embedder: Embedder;
  readonly searchIndex: SearchIndex;
}) {
  const { storage, embedder, searchIndex } = deps;

  return {
    /** Nearest first, without the prompt itself. Throws `unavailable` while meaning cannot be used. */
    async toPrompt(caller: Caller, ref: string, limit: number): Promise<SimilarPrompt[]> {
      const { prompt, version } = await storage.tenant(caller.tenantId).read(async (store) => {
        const found = await requirePrompt(store, ref);
        return { prompt: found, version: await requireVersion(store, found.id, found.latestVersion) };
      });
      return nearest(caller.tenantId, version.title, version.content, limit, prompt.id);
    },

    toText(caller: Caller, text: string, limit: number): Promise<SimilarPrompt[]> {
      return nearest(caller.tenantId, "", text, limit);
    },

    /**
     * Names of prompts that are almost equal to a new one. Advice only: empty when the model has not been loaded yet, is
     * busy, or cannot be used, so that storing a prompt does not wait for it or fail with it.
     */
    async duplicatesOf(
      caller: Caller,
      prompt: { readonly id: string; readonly title: string; readonly content: string },
    ) {
      if (embedder.describe().engine === undefined) return [];
      const { id, title, content } = prompt;
      const similar = await Promise.race([
        nearest(caller.tenantId, title, content, MAX_DUPLICATES, id).catch(() => []),
        sleep(PATIENCE_MS, [], { ref: false }),
      ]);
      return similar
        .filter(({ similarity }) => similarity >= NEAR_DUPLICATE_SIMILARITY)
        .map(({ name }) => name);
    },
  };

  async function nearest(tenantId: string, title: string, content: string, limit: number, itself?: string) {
    const opening = content.slice(0, BEGINNING).toWellFormed();
    const [span] = await embedder.split(tenantId, title, opening);
    const beginning = opening.slice(span?.start, span?.end);
    // As the indexer writes a first chunk, so that equal prompts have equal vectors.
    const [vector] = await embedder.embed(tenantId, [title === "" ? beginning : `${title}\n${beginning}`]);
    if (vector === undefined) return [];
    const hits = await searchIndex.nearest(tenantId, vector, { filter: {}, limit: limit + 1 });
    const others = hits.filter(({ promptId }) => promptId !== itself).slice(0, limit);
    return storage.tenant(tenantId).read((store) => describeLive(store, others, similarPrompt));
  }
}

function similarPrompt(hit: ChunkHit, prompt: ShownPrompt): SimilarPrompt {
  const { id, name, title, version, content } = prompt;
  const passage = passageOf(content, spanOf(hit, prompt), []);
  return { id, name, title, version, similarity: rounded(hit.similarity), passage };
}
