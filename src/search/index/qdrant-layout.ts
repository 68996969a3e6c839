import { z } from "zod";

/** How a collection is laid out when it is made; one that is there is left as it is. `undefined`: as the server says. */
export interface QdrantLayout {
  readonly shards?: number | undefined;
  readonly replicas?: number | undefined;
  readonly writeConsistency?: number | undefined;
  readonly quantization?: "none" | "int8" | undefined;
  readonly tenancy?: "spread" | "tiered" | undefined;
}

/** Two for each of three nodes, so that a fourth one and a fifth have something to take over. */
const SHARED_SHARDS = 6;

/** What is read of a collection. `shared`: shards that small tenants share, where it is tiered. */
export const collectionSchema = z.object({
  config: z.object({
    params: z.object({
      vectors: z.object({ size: z.number(), distance: z.string() }),
      shard_number: z.number().nullish(),
      replication_factor: z.number().nullish(),
      write_consistency_factor: z.number().nullish(),
    }),
    quantization_config: z.object({ scalar: z.unknown().optional() }).nullish(),
    metadata: z.looseObject({ library: z.string().optional(), shared: z.int().optional() }).nullish(),
  }),
  payload_schema: z.record(z.string(), z.unknown()),
});

export type FoundCollection = z.infer<typeof collectionSchema>;

/** What Qdrant is asked to make. */
export function newCollection(layout: QdrantLayout, dimensions: number, library: string) {
  const { shards, replicas, writeConsistency, quantization, tenancy } = layout;
  const isSmall = quantization === "int8";
  return {
    // What is compared lies in memory; the whole vectors are read for those that are ranked.
    vectors: { size: dimensions, distance: "Cosine", ...(isSmall ? { on_disk: true } : {}) },
    // No graph over everything, one for each tenant that is large enough: a search walks through its own tenant only.
    hnsw_config: { m: 0, payload_m: 16 },
    metadata: { library, ...(tenancy === "tiered" ? { shared: shards ?? SHARED_SHARDS } : {}) },
    ...(replicas === undefined ? {} : { replication_factor: replicas }),
    ...(writeConsistency === undefined ? {} : { write_consistency_factor: writeConsistency }),
    ...(isSmall
      ? { quantization_config: { scalar: { type: "int8" as const, quantile: 0.99, always_ram: true } } }
      : {}),
    ...sharding(layout),
  } as const;
}

/** Tiered, every shard has a key of its own: of several under one key no tenant could be moved out. */
function sharding({ shards, tenancy }: QdrantLayout) {
  if (tenancy === "tiered") return { sharding_method: "custom" as const, shard_number: 1 };
  return shards === undefined ? {} : { shard_number: shards };
}

/** In what a collection is not as the settings say, in sentences. */
export function differencesOf({ config }: FoundCollection, layout: QdrantLayout): string[] {
  const { params, quantization_config: quantization, metadata } = config;
  const shared = metadata?.shared;
  const rows: readonly (readonly [
    string,
    string | number | undefined,
    string | number | null | undefined,
  ])[] = [
    ["TENANCY", layout.tenancy ?? "spread", shared === undefined ? "spread" : "tiered"],
    ["SHARDS", layout.shards, shared ?? params.shard_number],
    ["REPLICAS", layout.replicas, params.replication_factor],
    ["WRITE_CONSISTENCY", layout.writeConsistency, params.write_consistency_factor],
    ["QUANTIZATION", layout.quantization ?? "none", quantization?.scalar === undefined ? "none" : "int8"],
  ];
  return rows.flatMap(([setting, wanted, found]) =>
    wanted === undefined || wanted === found
      ? []
      : [`PROMPTFORGE_QDRANT_${setting} says ${wanted}, and the collection has ${found ?? "nothing of it"}.`],
  );
}

/** What a collection is like, for a person. */
export function factsOf({ config }: FoundCollection, own: number): string {
  const { params, quantization_config: quantization, metadata } = config;
  const shards =
    metadata?.shared === undefined
      ? `${params.shard_number ?? 1} shards`
      : `${metadata.shared} shared shards, ${own} of one tenant each`;
  return [
    shards,
    `${params.replication_factor ?? 1} replicas, ${params.write_consistency_factor ?? 1} of them for a write`,
    quantization?.scalar === undefined ? "whole vectors" : "int8",
  ].join("; ");
}
