import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import type { Embedder } from "../../domain/ports/search.ts";
import type { EmbedderLogger } from "./builtin.ts";
import { criticalSection } from "./critical-section.ts";
import { createEmbeddingTasks, defaultWorkers } from "./embedding-tasks.ts";
import type { Result, Task } from "./messages.ts";
import { CHUNKING } from "./split-text.ts";
import type { TransformersLoaded, TransformersSetup } from "./transformers-messages.ts";
import { createWorkerPool } from "./worker-pool.ts";

export interface TransformersEmbedderOptions {
  /** A name on the Hugging Face hub, such as Xenova/multilingual-e5-small, or the path of a folder. */
  readonly model: string;
  readonly dimensions: number;
  /** Where downloaded models are kept. */
  readonly modelsDir: string;
  /** Threads, each with the model in memory. By default one less than the processors, at most 4. */
  readonly workers?: number | undefined;
  readonly logger?: EmbedderLogger | undefined;
  /** What to import in place of `@huggingface/transformers`. */
  readonly library?: string | undefined;
  /** How long a search waits for a model that is being loaded, in ms; 10 s by default. */
  readonly patienceMs?: number | undefined;
}

/** Names how texts are split here: by the model's own tokens, counted word by word. */
const WORD_CHUNKING = `${CHUNKING}-words`;
const PATIENCE_MS = 10_000;
/** The model is loaded for everybody. */
const NOBODY = "";

/**
 * Any model of the Hugging Face hub that is made for mean pooling, run by the optional peer `@huggingface/transformers` in
 * worker threads. Calls throw `unavailable` when the package is missing or the model cannot be had, and searches also
 * while it is still being fetched.
 */
export function createTransformersEmbedder(options: TransformersEmbedderOptions): Embedder {
  const { model, dimensions, modelsDir, logger, patienceMs = PATIENCE_MS } = options;
  const size = options.workers ?? defaultWorkers();
  const library = options.library ?? "@huggingface/transformers";
  const closing = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const setup: TransformersSetup = { model, modelsDir, library, section: criticalSection(), closing };
  let engine: string | undefined;
  let loading: Promise<void> | undefined;

  const pool = createWorkerPool<Task, Result, TransformersLoaded>({
    // The worker is a .ts file beside this one when run from source, a .js file when built.
    file: new URL(`./transformers-worker${extname(import.meta.url)}`, import.meta.url),
    workerData: setup,
    size,
    subject: "The embedding model",
    onReady({ version, loadMs }) {
      if (engine === undefined) logger?.info({ model, version, loadMs }, "embedding model loaded");
      engine = `transformers.js ${version}`;
    },
    onDeath: (facts) => logger?.warn(facts, "an embedding worker ended"),
  });
  const tasks = createEmbeddingTasks(pool);

  /** The first thread loads alone: it may have to fetch the model, which the others then find on the disk. */
  function load(): Promise<void> {
    loading ??= tasks.embedQuery(NOBODY, "").then((vector) => {
      if (vector.length !== dimensions) throw otherLength(vector.length);
    });
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  }

  async function loadSoon(): Promise<void> {
    const settled = new AbortController();
    const late = sleep(patienceMs, true, { signal: settled.signal }).catch(() => false);
    const isLate = await Promise.race([load().then(() => false), late]).finally(() => settled.abort());
    if (isLate) {
      throw new AppError(
        "unavailable",
        "The embedding model is still being loaded. The first time it is fetched from the hub, which takes minutes.",
      );
    }
  }

  function otherLength(given: number): AppError {
    return new AppError(
      "unavailable",
      `The embedding model gives vectors of ${given} numbers where ${dimensions} are expected. Set PROMPTFORGE_EMBEDDER_DIMENSIONS to ${given}.`,
    );
  }

  return {
    dimensions,
    fingerprint: `transformers:${model}/${dimensions}/${WORD_CHUNKING}`,
    describe: () => ({ model, engine, workers: size }),
    async embedQuery(tenantId, text) {
      await loadSoon();
      return tasks.embedQuery(tenantId, text);
    },
    async embed(tenantId, texts) {
      await load();
      return tasks.embed(tenantId, texts);
    },
    async split(tenantId, heading, text) {
      await load();
      return tasks.split(tenantId, heading, text);
    },
    close() {
      Atomics.store(closing, 0, 1);
      Atomics.notify(closing, 0);
      return tasks.close();
    },
  };
}
