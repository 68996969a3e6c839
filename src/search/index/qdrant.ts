import { isEmptyFilter, type PromptFilter } from "../../domain/ports/prompt-filter.ts";
import type {
  ChunkHit,
  IndexedChunk,
  IndexedVersion,
  IndexLayout,
  Promotion,
  SearchIndex,
} from "../../domain/ports/search.ts";
import type { Storage } from "../../domain/ports/storage.ts";
import type { Prompt } from "../../domain/prompt.ts";
import { portOf } from "./qdrant-client.ts";
import { qdrantCollection } from "./qdrant-collection.ts";
import { explainFailure } from "./qdrant-errors.ts";
import type { QdrantLayout } from "./qdrant-layout.ts";
import { openQdrantNodes } from "./qdrant-nodes.ts";
import {
  type NearestPoints,
  POINT_LAYOUT,
  type TenantPoints,
  tenantPoints,
  tenantsWithPoints,
} from "./qdrant-points.ts";
import type { ReadConsistency } from "./qdrant-queries.ts";
import { promoteTenant } from "./qdrant-tiers.ts";

export interface QdrantIndex extends SearchIndex {
  /** Makes the collection where it is missing; every other call does so by itself. Throws `unavailable`, with what to do. */
  ensure(): Promise<void>;
  layout(): Promise<IndexLayout>;
  promote(tenantId: string): Promise<Promotion>;
}

export interface QdrantIndexOptions {
  /** Names the index. */
  readonly url: string;
  /** Further nodes of the same cluster: when one does not answer, another is asked. */
  readonly otherUrls?: readonly string[] | undefined;
  readonly apiKey?: string | undefined;
  /** One library's own: it is dropped and made anew when the embedding model changes. */
  readonly collection: string;
  /** Components of a vector. */
  readonly dimensions: number;
  /** Knows which prompts are there, pass a filter, and are at which version. */
  readonly storage: Pick<Storage, "tenant" | "libraryId">;
  /** Of a collection that is made. */
  readonly layout?: QdrantLayout | undefined;
  /** Of searches. */
  readonly readConsistency?: ReadConsistency;
  /** For each request to a node. */
  readonly timeoutMs?: number;
  /** The collection is missing and about to be made: what was in it has to be written again. */
  readonly onMissing?: () => Promise<void>;
}

/**
 * Prompts up to which a search compares all of a tenant's chunks: exact, and a few milliseconds. Over more of them it
 * walks through the tenant's graph.
 */
const EXACT_UP_TO = 10_000;

/** So many chunks for each prompt are asked for first. Of 100 queries over real prompts, 95 had forty among 120 chunks. */
const CHUNKS_A_PROMPT = 3;

/** The index of meanings in a Qdrant server: one collection for all tenants. Nothing is asked of it before the first use. */
export function createQdrantIndex(options: QdrantIndexOptions): QdrantIndex {
  const { url, otherUrls = [], apiKey, collection: name, dimensions, storage, timeoutMs = 5_000 } = options;
  const { layout = {}, readConsistency: consistency, onMissing } = options;
  const nodes = openQdrantNodes({ urls: [url, ...otherUrls], apiKey, timeoutMs });
  const collection = qdrantCollection({
    nodes,
    name,
    dimensions,
    layout,
    libraryId: () => storage.libraryId(),
    onMissing,
  });
  const rescore = layout.quantization === "int8";
  const pointsOf = (tenantId: string) => tenantPoints(collection, tenantId, { consistency, rescore });

  return {
    id: `qdrant:${new URL(url).hostname}:${portOf(url)}/${name}#${POINT_LAYOUT}`,
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

    async nearest(tenantId, vector, { filter, limit }) {
      const { only, total } = await eligible(tenantId, filter);
      if (total === 0) return [];
      // One more than needed: those that share the last place may not all be there, and ties go by id.
      const asked = { limit: Math.min(limit + 1, total), only, exact: total <= EXACT_UP_TO };
      const hits: ChunkHit[] = [];
      for await (const found of nearestFirst(pointsOf(tenantId), vector, asked)) {
        hits.push(...(await thoseThere(tenantId, found)));
        if (hits.length >= total) break;
        const settled = hits.filter(({ similarity }) => similarity !== hits.at(-1)?.similarity);
        if (settled.length >= limit) return settled.toSorted(byLikeness).slice(0, limit);
      }
      return hits.toSorted(byLikeness).slice(0, limit);
    },

    async look(tenantId, vector, { filter, nearest: limit, promptCount, ...others }) {
      const only = isEmptyFilter(filter) ? undefined : await idsOf(tenantId, filter);
      const asked = { limit, only, exact: (only?.length ?? promptCount) <= EXACT_UP_TO };
      return pointsOf(tenantId).look(vector, asked, others);
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

    reachable: async () => (await nodes.away()).length <= otherUrls.length,

    async layout() {
      const { facts, differences } = await collection.layout();
      return { facts, differences, away: await nodes.away() };
    },

    async promote(tenantId) {
      const { replicas, shared } = await collection.layout();
      const { all: filter } = pointsOf(tenantId);
      return promoteTenant(nodes, { collection: name, tenantId, shared, replicas, filter }).catch(
        (thrown: unknown) => {
          throw explainFailure(thrown);
        },
      );
    },
  };

  function idsOf(tenantId: string, filter: PromptFilter, among?: readonly string[]): Promise<string[]> {
    return storage.tenant(tenantId).read(({ prompts }) => prompts.findIds(filter, among));
  }

  /** Those hits whose prompts have not been archived or removed since. */
  async function thoseThere(tenantId: string, found: readonly ChunkHit[]): Promise<ChunkHit[]> {
    const ids = new Set(found.map(({ promptId }) => promptId));
    const there = new Set(await idsOf(tenantId, {}, [...ids]));
    return found.filter(({ promptId }) => there.has(promptId));
  }

  /** Which prompts may be found, and how many; their ids only where they are not all of the tenant's. */
  async function eligible(tenantId: string, filter: PromptFilter) {
    if (isEmptyFilter(filter)) {
      const total = await storage.tenant(tenantId).read(({ prompts }) => prompts.count());
      return { only: undefined, total };
    }
    const only = await idsOf(tenantId, filter);
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

/**
 * The best chunk of every prompt, nearest first, in pages: the first from the nearest chunks, among which there mostly are as
 * many prompts as are asked for, then as Qdrant groups them, twice as many each time.
 */
async function* nearestFirst(
  points: TenantPoints,
  vector: Float32Array,
  asked: NearestPoints,
): AsyncGenerator<readonly ChunkHit[]> {
  const chunks = await points.nearestChunks(vector, { ...asked, limit: CHUNKS_A_PROMPT * asked.limit });
  const best = new Map(chunks.toReversed().map((hit) => [hit.promptId, hit]));
  yield [...best.values()].toSorted(byLikeness);
  const except = [...best.keys()];
  for (let { limit } = asked; ; limit *= 2) {
    const found = await points.nearestPrompts(vector, { ...asked, limit }, except);
    if (found.length === 0) return;
    yield found;
    except.push(...found.map(({ promptId }) => promptId));
  }
}

function byLikeness(a: ChunkHit, b: ChunkHit): number {
  return b.similarity - a.similarity || (a.promptId < b.promptId ? -1 : 1);
}
