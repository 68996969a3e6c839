import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Schemas } from "@qdrant/js-client-rest";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import type { Promotion } from "../../domain/ports/search.ts";
import { unavailable } from "./qdrant-errors.ts";
import type { QdrantNode, QdrantNodes } from "./qdrant-nodes.ts";

const POLL_MS = 200;

const placedSchema = z.object({
  shard_id: z.number(),
  shard_key: z.string().nullish(),
  state: z.string(),
});
const clusterSchema = z.object({
  peer_id: z.number(),
  local_shards: z.array(placedSchema),
  remote_shards: z.array(placedSchema.extend({ peer_id: z.number() })),
  shard_transfers: z.array(z.object({ shard_id: z.number(), to_shard_id: z.number().nullish() })),
});
const peersSchema = z.object({
  data: z.object({ result: z.object({ peers: z.record(z.string(), z.unknown()) }) }),
});

/** Where a tenant's points lie in a tiered collection: a part of every request; nothing in one that is not. */
export type Route = { readonly shard_key?: { readonly target: string; readonly fallback: string } };

/** Its own shard where it has one; else, and until that holds all of it, one of those that tenants share. */
function routeOf(tenantId: string, shared: number | undefined): Route {
  if (shared === undefined) return {};
  const place = createHash("sha256").update(tenantId).digest().readUInt32BE(0) % shared;
  return { shard_key: { target: tenantId, fallback: sharedKey(place) } };
}

/** The routes of a collection. */
export function routesOver(shared: number | undefined) {
  return (tenantId: string) => routeOf(tenantId, shared);
}

export function sharedKey(place: number): string {
  return `shared-${place}`;
}

/** Makes the shards that are missing: a maker that died may have left some out. */
export async function makeShards(
  { client }: QdrantNode,
  collection: string,
  shared: number,
  own: readonly string[] = [],
): Promise<void> {
  const there = new Set(await shardKeys(client, collection));
  const wanted = [...Array.from({ length: shared }, (_, place) => sharedKey(place)), ...own];
  for (const shard_key of wanted.filter((key) => !there.has(key))) {
    try {
      await client.createShardKey(collection, { shard_key });
    } catch (thrown) {
      // Another process was faster.
      if ((await shardKeys(client, collection)).includes(shard_key)) continue;
      if (!reasonOf(thrown).includes("Distributed mode disabled")) throw thrown;
      throw unavailable(
        "PROMPTFORGE_QDRANT_TENANCY=tiered needs Qdrant in distributed mode: start it with QDRANT__CLUSTER__ENABLED=true (one node is enough), or set `spread`.",
        thrown,
      );
    }
  }
}

/** Keys of the shards that one tenant has to itself: its id. */
export async function ownKeys({ client }: QdrantNode, collection: string): Promise<string[]> {
  return (await shardKeys(client, collection)).filter((key) => !/^shared-\d+$/.test(key));
}

async function shardKeys(client: QdrantNode["client"], collection: string): Promise<string[]> {
  const { shard_keys: keys } = await client.listShardKeys(collection);
  return (keys ?? []).map(({ key }) => String(key));
}

/**
 * Moves a tenant into a shard of its own while it is read and written: writes go to both places, reads to the shared shard until
 * the other holds everything. Begun again, it goes on where it was left. Qdrant copies into one replica of one shard; the others are
 * made from that one. Throws `unavailable` when Qdrant gave the copying up.
 */
export async function promoteTenant(
  nodes: QdrantNodes,
  {
    collection,
    tenantId,
    shared,
    replicas,
    filter,
  }: {
    readonly collection: string;
    readonly tenantId: string;
    readonly shared: number | undefined;
    readonly replicas: number;
    /** Of all that is the tenant's. */
    readonly filter: Schemas["Filter"];
  },
): Promise<Promotion> {
  const { shard_key: route } = routeOf(tenantId, shared);
  if (route === undefined) {
    throw new AppError(
      "conflict",
      "The Qdrant collection is not tiered. Set PROMPTFORGE_QDRANT_TENANCY=tiered and name a new collection in PROMPTFORGE_QDRANT_COLLECTION, which is then built.",
    );
  }
  const { target: to_shard_key, fallback: from_shard_key } = route;

  if ((await shardOf()).length === 0) {
    const alone = { shards_number: 1, replication_factor: 1, initial_state: "Partial" } as const;
    await nodes.use(({ client }) => client.createShardKey(collection, { shard_key: tenantId, ...alone }));
  }
  if (!(await settled(1))) {
    await nodes.use(({ client }) =>
      client.updateCollectionCluster(collection, {
        replicate_points: { filter, from_shard_key, to_shard_key },
      }),
    );
    await untilSettled(1);
  }
  for (let held = await shardOf(); held.length < replicas; held = await shardOf()) {
    const [source] = held;
    const to_peer_id = await freePeer(new Set(held.map(({ peer }) => peer)));
    if (source === undefined || to_peer_id === undefined) break;
    const copy = { shard_id: source.shard_id, from_peer_id: source.peer, to_peer_id };
    await nodes.use(({ client }) => client.updateCollectionCluster(collection, { replicate_shard: copy }));
    await untilSettled(held.length + 1);
  }
  const left = { wait: true, filter, shard_key: from_shard_key };
  await nodes.use(({ client }) => client.delete(collection, left));
  return { shard: tenantId, from: from_shard_key, replicas: (await shardOf()).length };

  async function cluster() {
    return clusterSchema.parse(await nodes.use(({ client }) => client.collectionClusterInfo(collection)));
  }

  /** Replicas of the tenant's own shard, and where they are. */
  async function shardOf() {
    const { peer_id, local_shards, remote_shards } = await cluster();
    const all = [...local_shards.map((shard) => ({ ...shard, peer_id })), ...remote_shards];
    return all
      .filter(({ shard_key }) => shard_key === tenantId)
      .map(({ shard_id, state, peer_id: peer }) => ({ shard_id, state, peer }));
  }

  async function settled(replicasThen: number): Promise<boolean> {
    const held = await shardOf();
    return held.length >= replicasThen && held.every(({ state }) => state === "Active");
  }

  async function untilSettled(replicasThen: number): Promise<void> {
    for (let idle = 0; !(await settled(replicasThen)); await sleep(POLL_MS)) {
      const { shard_transfers: transfers } = await cluster();
      // Between the order and the transfer, and between its end and the new state, there is none to be seen.
      idle = transfers.length === 0 ? idle + 1 : 0;
      if (idle * POLL_MS > 10_000) {
        throw unavailable(
          "Qdrant gave up copying the tenant's points; its log tells why. Promote the tenant again.",
        );
      }
    }
  }

  async function freePeer(taken: ReadonlySet<number>): Promise<number | undefined> {
    const { data } = peersSchema.parse(await nodes.use(({ client }) => client.api().clusterStatus({})));
    return Object.keys(data.result.peers)
      .map(Number)
      .find((peer) => !taken.has(peer));
  }
}

const reasonSchema = z.object({ data: z.object({ status: z.object({ error: z.string() }) }) });

function reasonOf(thrown: unknown): string {
  return reasonSchema.safeParse(thrown).data?.data.status.error ?? "";
}
