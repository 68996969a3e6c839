import type { Figures } from "./assumptions.ts";
import { type Layout, spread, sum, tiered } from "./placement.ts";
import { callShares, tenantSizes } from "./tenants.ts";

const DAY = 86_400;
const GB = 1e9;

export interface Simulation {
  readonly figures: Figures;
  readonly tenants: {
    readonly largest: number;
    readonly largest_share: number;
    readonly top_100_share: number;
    readonly median: number;
  };
  /** Calls a second in the busiest hour. */
  readonly peak: { readonly reads: number; readonly searches: number; readonly writes: number };
  readonly layouts: readonly LayoutLoad[];
  readonly memory: { readonly fp32_gb_a_node: number; readonly int8_gb_a_node: number };
  readonly disk: { readonly postgres_gb: number; readonly qdrant_gb_a_node: number };
  /** Core-days to embed everything once, and days with every server's second core. */
  readonly first_import: { readonly core_days: number; readonly days: number };
  /** Parts by how full they are in the busiest hour: the first one saturates first. */
  readonly parts: readonly { readonly part: string; readonly used: number; readonly of: string }[];
  readonly cost: readonly { readonly part: string; readonly dollars: number }[];
}

export interface LayoutLoad {
  readonly layout: Layout["name"];
  readonly shards: number;
  readonly own_shards: number;
  readonly shards_a_search: number;
  /** The fullest node to the mean: 1 is even. */
  readonly points_max_to_mean: number;
  readonly searches_max_to_mean: number;
  readonly shared_max_to_mean: number;
  readonly largest_shard_points: number;
  /** Of the fullest node, for searches in the busiest hour. */
  readonly cores_used: number;
}

/** How much of what such a service needs, by arithmetic alone: nothing is run, and nothing is random but by the seed. */
export function simulate(f: Figures): Simulation {
  const sizes = tenantSizes(f);
  const shares = callShares(sizes, f.activity);
  const points = sizes.map((size) => size * f.chunks);
  const allPoints = sum(points);
  const peakOf = (aDay: number) => (f.prompts * aDay * f.peak) / DAY;
  const peak = {
    reads: peakOf(f["reads-a-day"]),
    searches: peakOf(f["searches-a-day"]),
    writes: peakOf(f["writes-a-day"]),
  };

  const given = { points, shares, shards: f.shards, nodes: f["qdrant-nodes"], copies: f.copies };
  const promoteAt = (f["promote-at"] * allPoints) / f.shards;
  const never = Number.POSITIVE_INFINITY;
  const layouts = [
    spread({ ...given, promoteAt: never }),
    tiered({ ...given, promoteAt: never }),
    tiered({ ...given, promoteAt }),
  ];
  const loads = layouts.map((layout) => loadOf(layout, f, peak.searches));
  const [, , best = layouts[0]] = layouts;
  const fullest = Math.max(...(best?.nodes.map((node) => node.points) ?? [0]));

  const graphed = sum(points.filter((count) => count >= f["graph-from"])) / allPoints;
  const besides = graphed * f["graph-bytes"] + f["point-memory"];
  const memoryOf = (vector: number) => (fullest * (vector + besides)) / GB;
  const memory = { fp32_gb_a_node: memoryOf(4 * f.dimensions), int8_gb_a_node: memoryOf(f.dimensions) };
  const disk = {
    postgres_gb: (f.prompts * f["row-bytes"]) / GB,
    qdrant_gb_a_node: (fullest * f["point-disk"]) / GB,
  };
  const embedding = (peak.writes * f["index-cpu"]) / 1000;
  const serving =
    (peak.reads * f["read-cpu"] + peak.writes * f["write-cpu"] + peak.searches * f["search-cpu"]) / 1000;
  const database =
    (peak.reads * f["postgres-read-cpu"] +
      peak.writes * f["postgres-write-cpu"] +
      peak.searches * f["postgres-read-cpu"]) /
    1000;
  const coreDays = (f.prompts * f["index-cpu"]) / 1000 / DAY;
  const servers = f.replicas;

  const parts = [
    {
      part: "Qdrant: memory, whole vectors",
      used: memory.fp32_gb_a_node / f["qdrant-memory"],
      of: "the fullest node",
    },
    {
      part: "Qdrant: memory, int8",
      used: memory.int8_gb_a_node / f["qdrant-memory"],
      of: "the fullest node",
    },
    {
      part: "Qdrant: processors",
      used: (loads.at(-1)?.cores_used ?? 0) / f["qdrant-cores"],
      of: "the fullest node, tiered",
    },
    { part: "servers: calls", used: serving / servers, of: "their first cores" },
    {
      part: "servers: embedding",
      used: embedding / (servers * Math.max(1, f["replica-cores"] - 1)),
      of: "their other cores",
    },
    { part: "PostgreSQL: processors", used: database / f["postgres-cores"], of: "the primary" },
    {
      part: "PostgreSQL: connections",
      used: (servers * f.connections) / f["postgres-connections"],
      of: "the primary",
    },
  ].toSorted((a, b) => b.used - a.used);

  const nodes = f["qdrant-nodes"];
  const cost = [
    { part: "servers", dollars: servers * (f["replica-cores"] * f["core-cost"] + 2 * f["memory-cost"]) },
    {
      part: "Qdrant",
      dollars:
        nodes *
        (f["qdrant-cores"] * f["core-cost"] +
          f["qdrant-memory"] * f["memory-cost"] +
          disk.qdrant_gb_a_node * f["disk-cost"]),
    },
    {
      part: "PostgreSQL, with a standby",
      dollars:
        2 *
        (f["postgres-cores"] * (f["core-cost"] + 8 * f["memory-cost"]) + disk.postgres_gb * f["disk-cost"]),
    },
  ];

  const sorted = sizes.toSorted((a, b) => b - a);
  return {
    figures: f,
    tenants: {
      largest: sorted[0] ?? 0,
      largest_share: (sorted[0] ?? 0) / f.prompts,
      top_100_share: sum(sorted.slice(0, 100)) / f.prompts,
      median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    },
    peak,
    layouts: loads,
    memory,
    disk,
    first_import: { core_days: coreDays, days: coreDays / (servers * Math.max(1, f["replica-cores"] - 1)) },
    parts,
    cost: [...cost, { part: "all", dollars: sum(cost.map(({ dollars }) => dollars)) }],
  };
}

function loadOf(layout: Layout, f: Figures, searches: number): LayoutLoad {
  const { nodes, shards } = layout;
  const ratio = (key: "points" | "searches") => {
    const values = nodes.map((node) => node[key]);
    return Math.max(...values) / (sum(values) / values.length);
  };
  return {
    layout: layout.name,
    shards: shards.length,
    own_shards: layout.own,
    shards_a_search: layout.fanOut,
    points_max_to_mean: ratio("points"),
    searches_max_to_mean: ratio("searches"),
    shared_max_to_mean: layout.unevenness,
    largest_shard_points: Math.max(...shards.map(({ points }) => points)),
    cores_used: (Math.max(...nodes.map((node) => node.searches)) * searches * f["shard-cpu"]) / 1000,
  };
}
