import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Embedder } from "../../domain/ports/search.ts";

/** Vectors kept in memory. */
export interface CacheSizes {
  /** 1,000 by default. */
  readonly queries?: number | undefined;
  /** By default as many as fit into 8 MB: 5,461 of 384 numbers. */
  readonly texts?: number | undefined;
}

/** Hears of each look-up whether it was there, or on its way. */
export type OnLookUp = (cache: "queries" | "texts", hit: boolean) => void;

const QUERIES = 1000;
const TEXT_BYTES = 8 * 1024 * 1024;

/**
 * Embeds what was embedded lately, or is being embedded, only once; failures are forgotten. What is kept is known by its
 * SHA-256, so that long texts take no more room than short ones. What a tenant has had embedded is kept for that tenant
 * alone: another could tell from a quick answer what was asked before.
 */
export function withCache(
  embedder: Embedder,
  sizes: CacheSizes = {},
  onLookUp: OnLookUp = () => undefined,
): Embedder {
  const textsThatFit = Math.floor(TEXT_BYTES / (embedder.dimensions * Float32Array.BYTES_PER_ELEMENT));
  const told = (cache: "queries" | "texts") => (hit: boolean) => onLookUp(cache, hit);
  const queries = vectorCache(
    sizes.queries ?? QUERIES,
    ({ tenantId, text }) => embedder.embedQuery(tenantId, text),
    told("queries"),
  );
  const texts = vectorCache(
    sizes.texts ?? textsThatFit,
    async ({ tenantId, text }) => {
      // Each text for itself: what fails does not take others along that somebody else waits for too.
      const [vector] = await embedder.embed(tenantId, [text]);
      return vector;
    },
    told("texts"),
  );

  return {
    ...embedder,
    embedQuery: (tenantId, text) => queries({ tenantId, text }),
    embed: (tenantId, all) => Promise.all(all.map((text) => texts({ tenantId, text }))),
  };
}

interface OwnText {
  readonly tenantId: string;
  readonly text: string;
}

function vectorCache(
  max: number,
  embed: (own: OwnText) => Promise<Float32Array | undefined>,
  onLookUp: (hit: boolean) => void,
): (own: OwnText) => Promise<Float32Array> {
  const cache = new LRUCache<string, Float32Array, OwnText>({
    max,
    // What is pushed out while it is being computed is still somebody's answer.
    ignoreFetchAbort: true,
    fetchMethod: (_key, _old, { context: own }) => embed(own),
  });
  return async (own) => {
    const key = `${own.tenantId} ${hash("sha256", own.text, "base64")}`;
    onLookUp(cache.has(key));
    const vector = await cache.forceFetch(key, { context: own });
    // A copy, since the next caller gets the same one.
    return vector.slice();
  };
}
