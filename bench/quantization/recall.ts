import { openQdrantClient } from "../../src/search/index/qdrant-client.ts";
import { PAYLOAD_INDEXES } from "../../src/search/index/qdrant-collection.ts";
import { newCollection } from "../../src/search/index/qdrant-layout.ts";
import { openQdrantQueries, type QdrantQueries } from "../../src/search/index/qdrant-queries.ts";
import { startQdrant } from "../../test/support/qdrant.ts";
import { optimised } from "../search/indexes.ts";

const HITS = 10;
const POINTS_AT_ONCE = 256;
const TIMEOUT_MS = 60_000;
const SETTLE_MS = 15 * 60_000;
const TENANT = "bench";

export interface Recall {
  readonly vectors: "whole" | "int8" | "int8, not ranked again";
  /** Share of the ten nearest by full comparison that are among the ten found. */
  readonly recall: number;
  /** Queries for which all ten are the same. */
  readonly whole_pages: number;
  readonly p50_ms: number;
  readonly settled: boolean;
}

/** One tenant's points in a collection of either kind, walked through as search does, against comparing all of them. */
export async function measureRecall(
  quantization: "none" | "int8",
  points: readonly Float32Array[],
  queries: readonly Float32Array[],
): Promise<Recall[]> {
  const server = await startQdrant();
  const { url, apiKey } = server;
  const collection = "bench";
  try {
    const client = openQdrantClient({ url, apiKey, timeoutMs: TIMEOUT_MS });
    const ask = openQdrantQueries({ url, apiKey, timeoutMs: TIMEOUT_MS });
    const dimensions = points[0]?.length ?? 0;
    await client.api().createCollection({
      collection_name: collection,
      ...newCollection({ quantization }, dimensions, "bench"),
    });
    for (const [field_name, field_schema] of Object.entries(PAYLOAD_INDEXES)) {
      await client.createPayloadIndex(collection, { field_name, field_schema, wait: true });
    }
    await fill(ask, collection, points);
    const settled = await optimised(server, collection, SETTLE_MS);
    const truths = await each(queries, (vector) => search(ask, collection, vector, { exact: true }));
    const row = async (vectors: Recall["vectors"], params: object): Promise<Recall> => ({
      vectors,
      ...compare(truths, await each(queries, (vector) => search(ask, collection, vector, params))),
      settled,
    });
    // As src/search/index/qdrant-points.ts asks.
    if (quantization === "none") return [await row("whole", { hnsw_ef: 512 })];
    const again = { rescore: true, oversampling: 2 };
    return [
      await row("int8", { hnsw_ef: 512, quantization: again }),
      await row("int8, not ranked again", { hnsw_ef: 512, quantization: { rescore: false } }),
    ];
  } finally {
    await server.close();
  }
}

async function fill(ask: QdrantQueries, collection: string, vectors: readonly Float32Array[]): Promise<void> {
  for (let at = 0; at < vectors.length; at += POINTS_AT_ONCE) {
    const points = vectors.slice(at, at + POINTS_AT_ONCE).map((vector, place) => ({
      id: pointId(at + place),
      vector: Array.from(vector),
      payload: {
        tenant_id: TENANT,
        prompt_id: pointId((at + place) % 40_000),
        version: 1,
        position: 0,
        total: 3,
      },
    }));
    await ask.upsert(collection, { points });
  }
}

function pointId(number: number): string {
  return `00000000-0000-8000-8000-${number.toString(16).padStart(12, "0")}`;
}

interface Found {
  readonly ids: readonly string[];
  readonly ms: number;
}

async function search(
  ask: QdrantQueries,
  collection: string,
  vector: Float32Array,
  params: object,
): Promise<Found> {
  const filter = { must: [{ key: "tenant_id", match: { value: TENANT } }] };
  const began = performance.now();
  const points = await ask.points(collection, vector, { filter, params, limit: HITS });
  return { ids: points.map(({ id }) => id), ms: performance.now() - began };
}

async function each<T, R>(list: readonly T[], one: (entry: T) => Promise<R>): Promise<R[]> {
  const all: R[] = [];
  for (const entry of list) all.push(await one(entry));
  return all;
}

function compare(truths: readonly Found[], founds: readonly Found[]) {
  const shares = truths.map(({ ids }, place) => {
    const found = new Set(founds[place]?.ids);
    return ids.filter((id) => found.has(id)).length / ids.length;
  });
  const times = founds.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    recall: round(shares.reduce((sum, share) => sum + share, 0) / shares.length, 4),
    whole_pages: shares.filter((share) => share === 1).length,
    p50_ms: round(times[Math.floor(times.length / 2)] ?? 0, 1),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
