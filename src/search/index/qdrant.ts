import type { ChunkHit, IndexedChunk, IndexedVersion, SearchIndex } from "../../domain/ports/search.ts";
import type { PromptFilter, Storage } from "../../domain/ports/storage.ts";
import type { Prompt } from "../../domain/prompt.ts";
import { openQdrantClient, portOf } from "./qdrant-client.ts";
import { qdrantCollection } from "./qdrant-collection.ts";
import { tenantPoints, tenantsWithPoints } from "./qdrant-points.ts";

export interface QdrantIndex extends SearchIndex {
  /** Makes the collection where it is missing; every other call does so by itself. Throws `unavailable`, with what to do. */
  ensure(): Promise<void>;
}

export interface QdrantIndexOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** One library's own: it is dropped and made anew when the embedding model changes. */
  readonly collection: string;
  /** Components of a vector. */
  readonly dimensions: number;
  /** Knows which prompts are there, pass a filter, and are at which version. */
  readonly storage: Pick<Storage, "tenant" | "libraryId">;
  /** For each request. */
  readonly timeoutMs?: number;
  /** The collection is missing and about to be made: what was in it has to be written again. */
  readonly onMissing?: () => Promise<void>;
}

/**
 * Prompts up to which a search compares all of a tenant's chunks: exact, and a few milliseconds. Over more of them it
 * walks through the tenant's graph.
 */
const EXACT_UP_TO = 10_000;

/** The index of meanings in a Qdrant server: one collection for all tenants. Nothing is asked of it before the first use. */
export function createQdrantIndex(options: QdrantIndexOptions): QdrantIndex {
  const { url, apiKey, collection: name, dimensions, storage, timeoutMs = 5_000, onMissing } = options;
  const client = openQdrantClient({ url, apiKey, timeoutMs });
  const collection = qdrantCollection({
    client,
    name,
    dimensions,
    libraryId: () => storage.libraryId(),
    onMissing,
  });
  const pointsOf = (tenantId: string) => tenantPoints(collection, tenantId);

  return {
    id: `qdrant:${new URL(url).hostname}:${portOf(url)}/${name}`,
    ensure: collection.ensure,

    async upsert(tenantId, chunks) {
      const ids = [...new Set(chunks.map(({ promptId }) => promptId))];
      if (ids.length === 0) return;
      const before = await promptsOf(tenantId, ids);
      // What a slow worker brings of an older version, or of a prompt that is gone, is dropped.
      const wanted = chunks.filter((chunk) => isWanted(chunk, before.get(chunk.promptId)));
      for (const [version, some] of Map.groupBy(wanted, (chunk) => chunk.version)) {
        await pointsOf(tenantId).put(version, some);
      }
      await relistChanged(tenantId, before);
    },

    async prune(tenantId, promptId, version) {
      // Older ones, not other ones: a newer version may be there already.
      await pointsOf(tenantId).drop(promptId, version);
    },

    async nearest(tenantId, vector, { filter, limit, among }) {
      const points = pointsOf(tenantId);
      const { only, total } = await eligible(tenantId, filter, among);
      const hits: ChunkHit[] = [];
      const except: string[] = [];
      // One more than asked for, to see whether the last place is shared.
      for (let ask = Math.min(limit + 1, total); hits.length < total && !isSettled(hits, limit); ask *= 2) {
        const found = await points.nearest(vector, { limit: ask, only, except, exact: total <= EXACT_UP_TO });
        if (found.length === 0) break;
        const ids = found.map(({ promptId }) => promptId);
        except.push(...ids);
        const there = new Set(await idsOf(tenantId, {}, ids));
        hits.push(...found.filter(({ promptId }) => there.has(promptId)));
      }
      return hits.toSorted(byLikeness).slice(0, limit);
    },

    async openings(tenantId, vector, promptIds) {
      return promptIds.length === 0 ? new Map() : pointsOf(tenantId).openings(vector, promptIds);
    },

    count: (tenantId) => pointsOf(tenantId).count(),

    tenantIds: () => tenantsWithPoints(collection),

    async inventory(tenantId) {
      const held = new Map<string, IndexedVersion>();
      for await (const { prompt_id: promptId, version, total } of pointsOf(tenantId).scan()) {
        const key = `${promptId} ${version}`;
        const { chunks, total: most } = held.get(key) ?? { chunks: 0, total };
        held.set(key, { promptId, version, chunks: chunks + 1, total: Math.max(most, total) });
      }
      return [...held.values()];
    },

    reset: () => collection.recreate(),
  };

  function idsOf(tenantId: string, filter: PromptFilter, among?: readonly string[]): Promise<string[]> {
    return storage.tenant(tenantId).read(({ prompts }) => prompts.findIds(filter, among));
  }

  /** Which prompts may be found, and how many; their ids only where they are not all of the tenant's. */
  async function eligible(tenantId: string, filter: PromptFilter, among?: readonly string[]) {
    if (among === undefined && Object.values(filter).every((condition) => condition === undefined)) {
      const total = await storage.tenant(tenantId).read(({ prompts }) => prompts.count());
      return { only: undefined, total };
    }
    const only = await idsOf(tenantId, filter, among);
    return { only, total: only.length };
  }

  async function promptsOf(tenantId: string, ids: readonly string[]): Promise<ReadonlyMap<string, Prompt>> {
    const found = await storage.tenant(tenantId).read(({ prompts }) => prompts.findMany(ids));
    return new Map(found.map((prompt) => [prompt.id, prompt]));
  }

  /**
   * A prompt may have been changed or archived, and its old chunks dropped, while these were on their way. Listed once
   * more, it is indexed as it is now.
   */
  async function relistChanged(tenantId: string, before: ReadonlyMap<string, Prompt>): Promise<void> {
    const now = await promptsOf(tenantId, [...before.keys()]);
    const changed = [...now.values()].filter((prompt) => !isSame(prompt, before.get(prompt.id)));
    if (changed.length === 0) return;
    await storage.tenant(tenantId).write(async (store) => {
      for (const { id } of changed) await store.enqueueIndexing(id);
    });
  }
}

function isWanted({ version }: IndexedChunk, prompt: Prompt | undefined): boolean {
  return prompt !== undefined && prompt.archivedAt === undefined && prompt.latestVersion <= version;
}

function isSame(prompt: Prompt, before: Prompt | undefined): boolean {
  return (
    prompt.latestVersion === before?.latestVersion &&
    prompt.archivedAt?.getTime() === before.archivedAt?.getTime()
  );
}

/** Whether no other hit can come before the last place, or share it: ties go by id. */
function isSettled(hits: readonly ChunkHit[], limit: number): boolean {
  const [last, beyond] = [hits[limit - 1], hits.at(-1)];
  return limit === 0 || (hits.length > limit && last?.similarity !== beyond?.similarity);
}

function byLikeness(a: ChunkHit, b: ChunkHit): number {
  return b.similarity - a.similarity || (a.promptId < b.promptId ? -1 : 1);
}
