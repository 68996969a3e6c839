import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Logger } from "../observability/logger.ts";
import type { OpenMetrics } from "../observability/metrics/open-metrics.ts";
import { withCache } from "../search/embedder/caching.ts";
import { createEmbedder } from "../search/embedder/create-embedder.ts";
import { inspectModel, type ModelReport } from "../search/embedder/inspect-model.ts";
import { guardedIndex, heldIndex } from "../search/guarded-index.ts";
import { createQdrantIndex } from "../search/index/qdrant.ts";
import { createIndexGenerations, type IndexGenerations } from "../search/index-generations.ts";
import { createIndexer, type Indexer } from "../search/indexer.ts";
import { createReconciler, type Reconciler } from "../search/reconciler.ts";
import type { Traces } from "./traces.ts";

/** What finds prompts by meaning: the model, the index, and what keeps the index like the library. */
export interface SearchStack {
  readonly embedder: Embedder;
  readonly searchIndex: SearchIndex;
  /** The index while it holds this model's vectors, and all of them; `unavailable` otherwise. */
  readonly comparable: SearchIndex;
  readonly generations: IndexGenerations;
  readonly indexer: Indexer;
  readonly reconciler: Reconciler;
  /** Loads the embedding model on its own and says how that went; for `doctor`. */
  inspectModel(): Promise<ModelReport>;
  close(): Promise<void>;
}

export async function openSearchStack(
  config: Config,
  deps: {
    readonly storage: Storage;
    /** The index that is kept beside the rows; `undefined`: there is none, and the configuration names a server. */
    readonly ownIndex: SearchIndex | undefined;
    readonly metrics: OpenMetrics | undefined;
    readonly tracing: Traces | undefined;
    readonly log: Logger;
  },
): Promise<SearchStack> {
  const { storage, ownIndex, metrics, tracing, log } = deps;
  const modelsDir = join(config.dataDir, "models");
  const anyModel = createEmbedder(config.embedder, { modelsDir, logger: log });
  const model = tracing?.embedder(anyModel) ?? anyModel;
  const embedder = withCache(metrics?.embedder(model) ?? model, {}, metrics?.lookedUp);
  const anyIndex =
    config.qdrant === undefined
      ? ownIndex
      : createQdrantIndex({
          ...config.qdrant,
          collection: config.qdrant.collection ?? `promptforge-${await storage.libraryId()}`,
          dimensions: embedder.dimensions,
          storage,
          onMissing: () => generations.rebuild(),
        });
  if (anyIndex === undefined) throw new Error("Programming error: a configuration without a search index.");
  const searchIndex = tracing?.index(anyIndex) ?? anyIndex;
  const generations = createIndexGenerations({
    storage,
    searchIndex,
    fingerprint: embedder.fingerprint,
    log,
  });
  const leaseMs = config.indexLeaseSeconds * 1000;
  const indexer = createIndexer({
    storage,
    searchIndex: heldIndex(searchIndex, generations),
    embedder,
    generations,
    log,
    leaseMs,
  });
  return {
    embedder,
    searchIndex,
    comparable: guardedIndex(searchIndex, generations),
    generations,
    indexer,
    reconciler: createReconciler({
      storage,
      searchIndex,
      indexer,
      patienceMs: 3 * Math.max(leaseMs, 60_000),
    }),
    inspectModel: () => inspectModel(createEmbedder(config.embedder, { modelsDir, workers: 1 })),
    async close() {
      // Each is closed whatever became of the one before.
      await indexer
        .stop()
        .finally(() => generations.release())
        .finally(() => embedder.close());
    },
  };
}
