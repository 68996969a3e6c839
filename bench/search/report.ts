import type { GetLatency } from "./get-latency.ts";
import type { ImportThroughput } from "./import-throughput.ts";
import type { Machine } from "./machine.ts";
import type { BenchEngine, IndexName } from "./options.ts";
import type { RepeatedWork } from "./repeated-work.ts";
import type { SearchLatency } from "./search-latency.ts";

/** What the ratios are meant to be. Nothing fails when they are not: docs/benchmarks.md says what stands in the way. */
export const TARGETS = {
  search_p50_at_most: 1.25,
  import_at_least: 0.85,
  findable_share_at_most: 0.5,
  get_p99_at_most: 2,
  embeddings_of_a_repeated_query: 0,
} as const;

export interface SearchRow extends SearchLatency {
  readonly index: IndexName;
  readonly engine: BenchEngine;
  readonly chunks: number;
  readonly prompts: number;
  /** False: the index was still at work on what was written, and searched more slowly than it will. */
  readonly settled: boolean;
}

export interface ImportRow extends ImportThroughput {
  readonly index: IndexName;
}

export interface GetRow extends GetLatency {
  readonly index: IndexName;
}

/** What was not measured, and why. */
export interface Skipped {
  readonly what: string;
  readonly reason: string;
}

export interface Report {
  readonly machine: Machine;
  readonly form: "quick" | "full";
  readonly seconds: number;
  readonly corpus: string;
  readonly workers: number;
  readonly targets: typeof TARGETS;
  readonly search: readonly SearchRow[];
  readonly imports: readonly ImportRow[];
  readonly get_prompt: readonly GetRow[];
  readonly repeated: RepeatedWork | undefined;
  readonly skipped: readonly Skipped[];
}
