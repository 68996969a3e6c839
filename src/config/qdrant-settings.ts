import { z } from "zod";

const some = z.coerce.number().int().min(1);

/** Several nodes of one cluster may be named, comma-separated. */
const addresses = z
  .string()
  .transform((text) => text.split(",").map((entry) => entry.trim()))
  .pipe(
    z.tuple([address()], address()).refine((urls) => new Set(urls).size === urls.length, "names one twice"),
  );

function address() {
  return z
    .url({ protocol: /^https?$/ })
    .refine((text) => !/[@?#]/.test(text), "must hold no user, password, query or fragment");
}

/** Settings of the search index in a Qdrant server; a part of the environment's schema. */
export const qdrantSettings = {
  /**
   * Of its REST interface, or those of several nodes of a cluster, comma-separated: when one does not answer, another is
   * asked. Set, the index of meanings is kept there instead of in the library's own file. Without a port: 6333. The first one
   * names the index: it is built anew when that changes.
   */
  QDRANT_URL: addresses.optional(),
  /** One that may read and write. It is sent with each request: over https, unless the network is your own. */
  QDRANT_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be one word of ASCII characters")
    .optional(),
  /**
   * One library's own: PromptForge makes it, makes it anew when the embedding model changes, and refuses another
   * library's. Left out: `promptforge-` and the library's id, so that several libraries can share a server.
   */
  PROMPTFORGE_QDRANT_COLLECTION: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "may hold letters, digits, `.`, `_` and `-`")
    .optional(),
  /** Shards of a collection that is made, or, tiered, of what small tenants share. Left out: one a node; tiered: 6. */
  PROMPTFORGE_QDRANT_SHARDS: some.max(1000).optional(),
  /** Nodes that hold each shard of a collection that is made. Left out: as the server says, which is 1. */
  PROMPTFORGE_QDRANT_REPLICAS: some.max(100).optional(),
  /** Of these, those that have to have a write before it counts as done. Left out: as the server says, which is 1. */
  PROMPTFORGE_QDRANT_WRITE_CONSISTENCY: some.max(100).optional(),
  /** Replicas whose answers a search compares. Left out: one. */
  PROMPTFORGE_QDRANT_READ_CONSISTENCY: z
    .union([z.enum(["majority", "quorum", "all"]), some.max(100)])
    .optional(),
  /** `int8`: graphs are walked by vectors of a quarter of the size, and what is found is ranked by the whole ones, on disk. */
  PROMPTFORGE_QDRANT_QUANTIZATION: z.enum(["none", "int8"]).default("none"),
  /** `tiered`: each tenant lies in one shard, shared or, once promoted, its own. Needs Qdrant's distributed mode. */
  PROMPTFORGE_QDRANT_TENANCY: z.enum(["spread", "tiered"]).default("spread"),
};

const settingsSchema = z.object(qdrantSettings);

export interface QdrantConfig {
  readonly url: string;
  /** Further nodes of the same cluster. */
  readonly otherUrls: readonly string[];
  readonly apiKey: string | undefined;
  /** `undefined`: named after the library. */
  readonly collection: string | undefined;
  /** How a collection is laid out when it is made; one that is there is left as it is. `undefined`: as the server says. */
  readonly layout: {
    readonly shards: number | undefined;
    readonly replicas: number | undefined;
    readonly writeConsistency: number | undefined;
    readonly quantization: "none" | "int8";
    readonly tenancy: "spread" | "tiered";
  };
  /** As Qdrant takes it; `undefined`: one replica's word is enough. */
  readonly readConsistency: number | "majority" | "quorum" | "all" | undefined;
}

/** `undefined`: the index is in the library's own file. */
export function qdrantConfig(settings: z.infer<typeof settingsSchema>): QdrantConfig | undefined {
  if (settings.QDRANT_URL === undefined) return undefined;
  const [url, ...otherUrls] = settings.QDRANT_URL;
  return {
    url,
    otherUrls,
    apiKey: settings.QDRANT_API_KEY,
    collection: settings.PROMPTFORGE_QDRANT_COLLECTION,
    layout: {
      shards: settings.PROMPTFORGE_QDRANT_SHARDS,
      replicas: settings.PROMPTFORGE_QDRANT_REPLICAS,
      writeConsistency: settings.PROMPTFORGE_QDRANT_WRITE_CONSISTENCY,
      quantization: settings.PROMPTFORGE_QDRANT_QUANTIZATION,
      tenancy: settings.PROMPTFORGE_QDRANT_TENANCY,
    },
    readConsistency: settings.PROMPTFORGE_QDRANT_READ_CONSISTENCY,
  };
}
