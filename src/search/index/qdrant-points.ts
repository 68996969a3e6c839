import type { Schemas } from "@qdrant/js-client-rest";
import { z } from "zod";
import type { ChunkHit, ChunkPlace, IndexedChunk, Look, LookQuery } from "../../domain/ports/search.ts";
import type { QdrantCollection } from "./qdrant-collection.ts";
import { pointIds } from "./qdrant-point-ids.ts";
import type { ReadConsistency, ScoredPoint } from "./qdrant-queries.ts";

type Condition = Schemas["FieldCondition"] | Schemas["HasIdCondition"] | Schemas["Filter"];

const placeSchema = z.object({ prompt_id: z.string(), position: z.int() });
/** `total` is how many chunks the version has. */
const heldSchema = z.object({ prompt_id: z.string(), version: z.int(), total: z.int() });
const offsetSchema = z.string().nullish();
const PLACE_FIELDS = Object.keys(placeSchema.shape);
const HELD_FIELDS = Object.keys(heldSchema.shape);

/** Points in one request. Of 384 components each, they make 100 KB, which keep the server's thread for half a millisecond; 64 kept it for three. */
const POINTS_AT_ONCE = 12;
/** Points in one page of a scan. The server collects all of the tenant's for each page: few and large ones. */
const PAGE = 5_000;

/**
 * Candidates that a walk through a tenant's graph keeps. Over 100,000 chunks of one tenant, 512 gave the top ten of the
 * full comparison for 60 of 60 queries, at a tenth of its time; Qdrant's own default of 100 gave it for 43.
 */
const SEARCH_BREADTH = 512;

/** More points than one look ever asks for: prompts have some hundred chunks at most, and most have two. */
const ALL_POINTS = 100_000;
/**
 * Chunks of a prompt that a look makes room for, on the average of those that it asks for; where they have more, it asks once more.
 * Qdrant makes room for as many points as are asked for: for all, that took as long as comparing them.
 */
const CHUNKS_EXPECTED = 32;

/** What a point says by its id and beside its vector. Another number than before: all points have to be written anew. */
export const POINT_LAYOUT = 3;

export interface NearestPoints {
  readonly limit: number;
  /** Only these prompts. */
  readonly only: readonly string[] | undefined;
  /** Compares with every point, instead of walking through the tenant's graph. */
  readonly exact: boolean;
}

/** More tenants than one server holds: a facet has no pages. */
const ALL_TENANTS = 10_000_000;

/** The tenants that have anything in the collection: the one request that is no tenant's. */
export async function tenantsWithPoints(collection: QdrantCollection): Promise<string[]> {
  const { hits } = await collection.request(({ client, name }) =>
    client.facet(name, { key: "tenant_id", limit: ALL_TENANTS, exact: true }),
  );
  return hits.map(({ value }) => String(value));
}

function ofTenant(tenantId: string) {
  return { key: "tenant_id", match: { value: tenantId } };
}

export type TenantPoints = ReturnType<typeof tenantPoints>;

/** What one tenant has in the collection. All requests about points are made here. */
export function tenantPoints(
  collection: QdrantCollection,
  tenantId: string,
  options: {
    readonly consistency?: ReadConsistency;
    /** What is found by small vectors is ranked by the whole ones: twice as many as are asked for. */
    readonly rescore?: boolean;
  } = {},
) {
  const { consistency, rescore = false } = options;
  const ids = pointIds(tenantId);
  const compared = consistency === undefined ? {} : { consistency };
  /** The one place where the tenant's condition is added. Every request takes its filter, and every point its tenant, from here. */
  const own = {
    filter: (must: Condition[] = [], must_not: Condition[] = []) => ({
      must: [ofTenant(tenantId), ...must],
      must_not,
    }),
    point: ({ promptId, version, position, total, vector }: IndexedChunk) => ({
      id: ids.idOf({ promptId, position }),
      vector: Array.from(vector),
      payload: { tenant_id: tenantId, prompt_id: promptId, version, position, total },
    }),
  };

  const ask = (kind: "points" | "groups", vector: Float32Array, query: object) =>
    collection.request(({ queries, name, routeOf }) =>
      queries[kind](name, vector, { ...query, ...routeOf(tenantId) }, consistency),
    );

  /** Which chunks points are, by their ids; those whose ids do not tell are read. */
  async function hitsOf(points: readonly ScoredPoint[]): Promise<ChunkHit[]> {
    const places = points.map(({ id }) => ids.placeOf(id));
    const untold = points.filter((_, at) => places[at] === undefined);
    const read = untold.length === 0 ? undefined : await placesOf(untold.map(({ id }) => id));
    return points.flatMap(({ id, score: similarity }, at): ChunkHit | [] => {
      const place = places[at] ?? read?.get(id);
      // One that has gone in between.
      if (place === undefined) return [];
      return { promptId: place.promptId, position: place.position, similarity };
    });
  }

  async function placesOf(pointIds: string[]): Promise<ReadonlyMap<string, ChunkPlace>> {
    const filter = own.filter([{ has_id: pointIds }]);
    const { points } = await collection.request(({ client, name, routeOf }) =>
      client.scroll(name, {
        ...routeOf(tenantId),
        ...compared,
        filter,
        limit: pointIds.length,
        with_payload: PLACE_FIELDS,
        with_vector: false,
      }),
    );
    return new Map(
      points.map(({ id, payload }) => {
        const { prompt_id: promptId, position } = placeSchema.parse(payload);
        return [String(id), { promptId, position }];
      }),
    );
  }

  return {
    /** All that is the tenant's. */
    all: { must: [ofTenant(tenantId)] },

    /** Writes chunks that are all of one version. What is there of a newer one stays as it is. */
    async put(version: number, chunks: readonly IndexedChunk[]): Promise<void> {
      const update_filter = own.filter([{ key: "version", range: { lte: version } }]);
      for (let at = 0; at < chunks.length; at += POINTS_AT_ONCE) {
        const points = chunks.slice(at, at + POINTS_AT_ONCE).map(own.point);
        await collection.request(({ queries, name, routeOf }) =>
          queries.upsert(name, { points, update_filter, ...routeOf(tenantId) }),
        );
      }
    },

    /** Drops a prompt's chunks; with `olderThan`, those of versions below it. */
    async drop(promptId: string, olderThan?: number): Promise<void> {
      const outdated = olderThan === undefined ? [] : [{ key: "version", range: { lt: olderThan } }];
      const filter = own.filter([ofPrompts([promptId]), ...outdated]);
      await collection.request(({ client, name, routeOf }) =>
        client.delete(name, { wait: true, filter, ...routeOf(tenantId) }),
      );
    },

    /** The nearest chunks, nearest first. */
    async nearestChunks(vector: Float32Array, { limit, only, exact }: NearestPoints): Promise<ChunkHit[]> {
      const query = { ...nearest(own.filter(ofSome(only)), { exact, rescore }), limit };
      return hitsOf(await ask("points", vector, query));
    },

    /**
     * The best chunk of each of the nearest prompts that are none of `except`, nearest first. Takes Qdrant three times as long
     * as the nearest chunks do. There may be more even where it gives fewer than asked for.
     */
    async nearestPrompts(
      vector: Float32Array,
      { limit, only, exact }: NearestPoints,
      except: readonly string[],
    ): Promise<ChunkHit[]> {
      const query = nearest(own.filter(ofSome(only), ofSome(except)), { exact, rescore });
      const byPrompt = { group_by: "prompt_id", group_size: 1, limit };
      return hitsOf(await ask("groups", vector, { ...query, ...byPrompt }));
    },

    /**
     * The nearest chunks, and all those, or the first ones, of some prompts: one request, which is answered at once. What points say beside
     * their vectors is not read: for two hundred that took Qdrant longer than finding them.
     */
    async look(
      vector: Float32Array,
      { limit, only, exact }: NearestPoints,
      { also, openings }: Pick<LookQuery, "also" | "openings">,
    ): Promise<Look> {
      const near = { ...nearest(own.filter(ofSome(only)), { exact, rescore }), limit };
      const first = openings.map((promptId) => ids.idOf({ promptId, position: 0 }));
      const asked = own.filter([{ should: [ofPrompts(also), { has_id: first }] }]);
      const room = first.length + CHUNKS_EXPECTED * also.length;
      // One more, which tells that there was too little room.
      const others = { ...nearest(asked, { exact: true, rescore }), limit: room + 1 };
      const searches = [...(limit === 0 ? [] : [near]), ...(room === 0 ? [] : [others])];
      const found =
        searches.length === 0
          ? []
          : await collection.request(({ queries, name, routeOf }) =>
              queries.batch(
                name,
                vector,
                searches.map((search) => ({ ...search, ...routeOf(tenantId) })),
                consistency,
              ),
            );
      const close = limit === 0 ? [] : (found[0] ?? []);
      const told = room === 0 ? [] : (found.at(-1) ?? []);
      const all = told.length > room ? await ask("points", vector, { ...others, limit: ALL_POINTS }) : told;
      const farthest = limit === 0 ? Number.POSITIVE_INFINITY : close[limit - 1]?.score;
      return { chunks: await hitsOf([...close, ...all]), horizon: farthest ?? Number.NEGATIVE_INFINITY };
    },

    async count(): Promise<number> {
      const filter = own.filter();
      const { count } = await collection.request(({ client, name, routeOf }) =>
        client.count(name, { filter, exact: true, ...routeOf(tenantId) }),
      );
      return count;
    },

    /** Prompt, version and number of chunks as each point says them, page by page. */
    async *scan() {
      const filter = own.filter();
      let offset: string | undefined;
      do {
        const from = offset === undefined ? {} : { offset };
        const page = await collection.request(({ client, name, routeOf }) =>
          client.scroll(name, {
            ...routeOf(tenantId),
            ...compared,
            filter,
            limit: PAGE,
            with_payload: HELD_FIELDS,
            with_vector: false,
            ...from,
          }),
        );
        yield* page.points.map(({ payload }) => heldSchema.parse(payload));
        offset = offsetSchema.parse(page.next_page_offset) ?? undefined;
      } while (offset !== undefined);
    },
  };
}

/** A query for the nearest of those that pass a filter; to which vector, is said where it is sent. */
function nearest(filter: object, { exact, rescore }: { readonly exact: boolean; readonly rescore: boolean }) {
  // A full comparison is by the whole vectors in any case.
  const small = rescore ? { quantization: { rescore, oversampling: 2 } } : {};
  return {
    filter,
    params: exact ? { exact } : { hnsw_ef: SEARCH_BREADTH, ...small },
  };
}

function ofSome(ids: readonly string[] | undefined): Condition[] {
  return ids === undefined ? [] : [ofPrompts(ids)];
}

function ofPrompts(ids: readonly string[]): Condition {
  return { key: "prompt_id", match: { any: [...ids] } };
}
