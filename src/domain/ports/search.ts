import type { PromptFilter } from "./prompt-filter.ts";

/**
 * Turns texts into unit vectors whose dot product is their likeness in meaning. Runs outside the request thread. Each call
 * says whose text it is: tenants take turns, and nothing that one has had embedded is seen, or felt, by another.
 */
export interface Embedder {
  /** Number of components of each vector. */
  readonly dimensions: number;
  /**
   * What its vectors depend on: model, dimensions and how texts are split. Vectors with different fingerprints cannot be
   * compared; engines that compute the same vectors share one.
   */
  readonly fingerprint: string;
  /** Name of the model and, once it is known, of what runs it; for `doctor` and logs. */
  describe(): { readonly model: string; readonly engine: string | undefined; readonly workers: number };
  /**
   * A unit vector for a search. Goes ahead of all waiting `embed` work. Throws `rate_limited` where too many of the tenant
   * wait already, and `unavailable` where it would take too long.
   */
  embedQuery(tenantId: string, text: string): Promise<Float32Array>;
  /** Unit vectors for texts, in their order. Text beyond the model's window is cut. */
  embed(tenantId: string, texts: readonly string[]): Promise<Float32Array[]>;
  /**
   * Splits a text into overlapping pieces that, each with `heading` in front, fit the model's window.
   * Spans are UTF-16 offsets into `text`, cover all of it that is not white space, and are in order; at least one.
   */
  split(tenantId: string, heading: string, text: string): Promise<readonly Span[]>;
  /**
   * Whether the model has learnt a word as such, rather than spelling it from pieces: then it is no misspelling. A model
   * whose vocabulary is not at hand, or of many languages, leaves this out.
   */
  readonly knowsWord?: ((word: string) => Promise<boolean>) | undefined;
  close(): Promise<void>;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ChunkPlace {
  readonly promptId: string;
  /** 0, 1, 2 … in the order of the text. The first one holds the prompt's title and opening. */
  readonly position: number;
}

/** One embedded piece of a prompt's latest version. Where in the text it is, is in the version's split. */
export interface IndexedChunk extends ChunkPlace {
  readonly version: number;
  /** How many chunks the version has. */
  readonly total: number;
  readonly vector: Float32Array;
}

export interface ChunkHit extends ChunkPlace {
  /** Cosine of the angle to the query: 1 is the same direction. */
  readonly similarity: number;
}

export interface NearestQuery {
  /** Only prompts that pass it are ranked. */
  readonly filter: PromptFilter;
  readonly limit: number;
}

export interface LookQuery {
  /** Only chunks of prompts that pass it are among the nearest. */
  readonly filter: PromptFilter;
  /** How many of the nearest chunks. */
  readonly nearest: number;
  /** Prompts all of whose chunks are told, filter or not. */
  readonly also: readonly string[];
  /** Prompts whose first chunks are told, filter or not. */
  readonly openings: readonly string[];
  /** How many prompts the tenant has: the chunks of few are best compared one by one. */
  readonly promptCount: number;
}

/** What one look at the index shows. */
export interface Look {
  /**
   * The nearest chunks, and those of the prompts that were asked for; in no order, and some of them twice. Also of prompts that have been
   * archived or removed since, if the index has not heard of it yet: whoever looks asks the database what else it knows of them.
   */
  readonly chunks: readonly ChunkHit[];
  /**
   * No other chunk that passes the filter is nearer than this: minus infinity where there is none. Infinity where the nearest
   * were not asked for.
   */
  readonly horizon: number;
}

/** The index of meanings. Adapters: sqlite-vec and Qdrant. The tenant condition is the adapter's, in one place. */
export interface SearchIndex {
  /** Names the adapter and where it keeps its vectors; part of the index's fingerprint. */
  readonly id: string;
  /** Writes chunks, in place of those at the same positions. */
  upsert(tenantId: string, chunks: readonly IndexedChunk[]): Promise<void>;
  /** Drops a prompt's chunks of other versions than `version`; without it, all of them. */
  prune(tenantId: string, promptId: string, version?: number): Promise<void>;
  /** The best chunk of each of the nearest prompts, nearest first. */
  nearest(tenantId: string, vector: Float32Array, query: NearestQuery): Promise<ChunkHit[]>;
  /** What ranking needs, at once: the nearest chunks, and those of prompts that are of interest however far they are. */
  look(tenantId: string, vector: Float32Array, query: LookQuery): Promise<Look>;
  count(tenantId: string): Promise<number>;
  /** The tenants of which it holds anything. */
  tenantIds(): Promise<string[]>;
  /** What it holds of a tenant: an entry for each prompt and version. */
  inventory(tenantId: string): Promise<IndexedVersion[]>;
  /** Drops everything of every tenant. */
  reset(): Promise<void>;
  /** Whether its server answers, on one node at least; left out where it has none. Never rejects. */
  reachable?(): Promise<boolean>;
  /** How it is laid out over machines, where it can be; for `doctor`. Throws `unavailable` when it is out of reach. */
  readonly layout?: (() => Promise<IndexLayout>) | undefined;
  /**
   * Gives a tenant a place of its own, while it is read and written; a second time changes nothing. Left out where there are no places.
   * Throws `conflict` where the index is not laid out for it, and `unavailable` when it did not come to its end: it goes on from there.
   */
  readonly promote?: ((tenantId: string) => Promise<Promotion>) | undefined;
}

export interface IndexLayout {
  readonly facts: string;
  /** In what it is not as the settings say, in sentences. */
  readonly differences: readonly string[];
  /** Machines of it that do not answer. */
  readonly away: readonly string[];
}

export interface Promotion {
  /** The tenant's own shard, and the shared one that it left. */
  readonly shard: string;
  readonly from: string;
  readonly replicas: number;
}

export interface IndexedVersion {
  readonly promptId: string;
  readonly version: number;
  /** Chunks that are there. */
  readonly chunks: number;
  /** Chunks that the version has. */
  readonly total: number;
}
