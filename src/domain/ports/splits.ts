import type { Span } from "./search.ts";

/** How a version was split into the chunks that the search index holds: the span of each, by its position. */
export interface Split {
  readonly tenantId: string;
  readonly promptId: string;
  readonly version: number;
  readonly spans: readonly Span[];
}

/** One split for each prompt: of the newest version that was. For all tenants, as the indexer works. */
export interface SplitWriter {
  /** Those of a version older than what is there, or of a prompt that is gone, are dropped. What is lost in a power failure is made again. */
  put(splits: readonly Split[]): Promise<void>;
}
