/** What lies on a shard, a node, or all of them: shares of all points and of all searches. */
export interface Load {
  points: number;
  searches: number;
}

export interface Layout {
  readonly name: "spread" | "tiered, nobody promoted" | "tiered";
  /** One copy of each shard. */
  readonly shards: readonly Load[];
  readonly nodes: readonly Load[];
  readonly own: number;
  /** The fullest shared shard to the mean of them: how much longer its tenants wait than others for what is done shard by shard. */
  readonly unevenness: number;
  /** Shards that one search asks. */
  readonly fanOut: number;
}

interface Given {
  readonly points: Float64Array;
  readonly shares: Float64Array;
  readonly shards: number;
  readonly nodes: number;
  readonly copies: number;
  /** Points above which a tenant has a shard of its own. */
  readonly promoteAt: number;
}

/** Every tenant on all shards. */
export function spread({ points, shards, nodes, copies }: Given): Layout {
  const total = sum(points);
  const all = Array.from({ length: shards }, () => ({ points: total / shards, searches: 1 }));
  return {
    name: "spread",
    shards: all,
    nodes: place(all, nodes, copies),
    own: 0,
    unevenness: 1,
    fanOut: shards,
  };
}

/** Each tenant on one shard: a shared one, by its place (which the seed made random), or its own. */
export function tiered({ points, shares, shards, nodes, copies, promoteAt }: Given): Layout {
  const shared: Load[] = Array.from({ length: shards }, () => ({ points: 0, searches: 0 }));
  const own: Load[] = [];
  points.forEach((count, tenant) => {
    const searches = shares[tenant] ?? 0;
    const shard = shared[tenant % shards];
    if (count > promoteAt || shard === undefined) {
      own.push({ points: count, searches });
    } else {
      shard.points += count;
      shard.searches += searches;
    }
  });
  const all = [...shared, ...own];
  const name = promoteAt === Number.POSITIVE_INFINITY ? "tiered, nobody promoted" : "tiered";
  const counts = shared.map((shard) => shard.points);
  const unevenness = Math.max(...counts) / Math.max(1, sum(counts) / shards);
  return { name, shards: all, nodes: place(all, nodes, copies), own: own.length, unevenness, fanOut: 1 };
}

/**
 * Copies of shards on nodes: the largest first, each on the nodes with the fewest points, no two copies on one. Qdrant itself goes by the number of
 * shards; moving them is an operator's (or Qdrant Cloud's). A search asks one copy: they share a shard's searches.
 */
export function place(shards: readonly Load[], count: number, copies: number): Load[] {
  const nodes: Load[] = Array.from({ length: count }, () => ({ points: 0, searches: 0 }));
  const replicas = Math.min(copies, count);
  for (const shard of shards.toSorted((a, b) => b.points - a.points)) {
    const least = nodes.toSorted((a, b) => a.points - b.points || a.searches - b.searches).slice(0, replicas);
    for (const node of least) {
      node.points += shard.points;
      node.searches += shard.searches / replicas;
    }
  }
  return nodes;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
