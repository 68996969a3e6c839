/** A figure that the simulation starts from. `source`: measured on the machine that docs/scaling.md names, follows from the design, or assumed. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  readonly source: "measured" | "design" | "assumed";
  readonly why: string;
}

const measured = (value: number, unit: string, why: string): Figure => ({
  value,
  unit,
  source: "measured",
  why,
});
const design = (value: number, unit: string, why: string): Figure => ({ value, unit, source: "design", why });
const assumed = (value: number, unit: string, why: string): Figure => ({
  value,
  unit,
  source: "assumed",
  why,
});

/** Every one can be set by a flag of its name. */
export const FIGURES = {
  tenants: assumed(100_000, "", "the question"),
  prompts: assumed(100_000_000, "", "the question"),
  zipf: assumed(1, "", "exponent of tenants' sizes: a few large ones, many small"),
  seed: assumed(1, "", "which tenant falls into which shard"),
  replicas: assumed(12, "servers", "PromptForge processes, each of --replica-cores"),
  "replica-cores": assumed(2, "cores", "one that serves, one that embeds"),
  "qdrant-nodes": assumed(12, "nodes", ""),
  "qdrant-memory": assumed(128, "GB", "of one node"),
  "qdrant-cores": assumed(16, "cores", "of one node"),
  shards: assumed(48, "shards", "that small tenants share"),
  copies: assumed(2, "", "of each shard: PROMPTFORGE_QDRANT_REPLICAS"),
  "postgres-cores": assumed(32, "cores", "of the primary"),
  "postgres-connections": assumed(500, "", "that the primary allows"),
  "promote-at": assumed(
    0.25,
    "",
    "of a shared shard's fair share, above which a tenant has a shard of its own",
  ),
  "reads-a-day": assumed(0.5, "a prompt", "calls of get_prompt, list and the like"),
  "searches-a-day": assumed(0.05, "a prompt", ""),
  "writes-a-day": assumed(0.01, "a prompt", "new prompts and versions"),
  peak: assumed(3, "", "the busiest hour to the mean"),
  activity: assumed(0.8, "", "a tenant's calls grow with this power of its prompts"),
  chunks: design(3, "a prompt", "as in 1,529 real prompts (docs/benchmarks.md)"),
  dimensions: design(384, "", "all-MiniLM-L6-v2"),
  "read-cpu": measured(0.63, "ms", "processor time of a server for one get_prompt over REST"),
  "write-cpu": measured(7.9, "ms", "the same for one create_prompt"),
  "search-cpu": measured(21, "ms", "the same for one search over sqlite-vec, its query's embedding included"),
  "index-cpu": measured(
    63,
    "ms",
    "a prompt, from the queue to its vectors in the index: native engine, one thread",
  ),
  "shard-cpu": assumed(
    2.5,
    "ms",
    "of a Qdrant node for a tenant's search in one shard: the time it took at 60,000 points",
  ),
  "postgres-read-cpu": assumed(0.4, "ms", "of the primary for a read: authentication and the rows"),
  "postgres-write-cpu": assumed(
    3,
    "ms",
    "of the primary for a write, its audit record and its queue included",
  ),
  "row-bytes": measured(
    10_400,
    "bytes",
    "of a prompt in SQLite without vectors: row, version, words, audit; PostgreSQL is taken for the same",
  ),
  "point-disk": assumed(
    2_300,
    "bytes",
    "of a point in Qdrant's files: vector 1,536, the rest payload, its indexes, graph and ids; small collections take far more, since files grow by 32 MB",
  ),
  "graph-bytes": design(
    140,
    "bytes",
    "of a point in a graph with payload_m 16: 32 links of 4 bytes in the lowest layer, and a tenth above",
  ),
  "graph-from": design(
    6_800,
    "points",
    "of a tenant, from which it has a graph: 10 MB of vectors (Qdrant's full_scan_threshold)",
  ),
  "point-memory": assumed(100, "bytes", "of a point besides vector and graph: ids and payload indexes"),
  connections: design(11, "a server", "PROMPTFORGE_DATABASE_CONNECTIONS, and one to listen"),
  "core-cost": assumed(25, "$ a month", "of a core; no provider's price"),
  "memory-cost": assumed(3.5, "$ a month", "of a GB of memory; no provider's price"),
  "disk-cost": assumed(0.1, "$ a month", "of a GB of SSD; no provider's price"),
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof FIGURES;
export type Figures = { readonly [Name in FigureName]: number };

export const DEFAULTS: Figures = Object.fromEntries(
  Object.entries(FIGURES).map(([name, { value }]) => [name, value]),
) as Figures;
