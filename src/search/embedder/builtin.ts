import { extname } from "node:path";
import type { Embedder } from "../../domain/ports/search.ts";
import { criticalSection } from "./critical-section.ts";
import { createEmbeddingTasks, defaultWorkers } from "./embedding-tasks.ts";
import type { EngineChoice, EngineName } from "./engine.ts";
import { knownWords } from "./known-words.ts";
import type { Loaded, Result, Task, WorkerSetup } from "./messages.ts";
import { BUNDLED_FILES, DIMENSIONS, MODEL_NAME, type ModelFiles } from "./model-files.ts";
import { CHUNKING } from "./split-text.ts";
import { createWorkerPool } from "./worker-pool.ts";

export interface EmbedderLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface BuiltinEmbedderOptions {
  /** `auto` (the default): native code where it loads, else WebAssembly. */
  readonly engine?: EngineChoice | undefined;
  /** Threads; each takes some 200 MB. By default one less than the processors, at most 4. */
  readonly workers?: number | undefined;
  readonly logger?: EmbedderLogger | undefined;
  /** By default those of the bundled package. */
  readonly files?: ModelFiles | undefined;
}

/**
 * The bundled model, all-MiniLM-L6-v2, in worker threads. Nothing is loaded before the first call; idle threads do not keep the
 * process alive. Calls throw `unavailable` when the model cannot be loaded or a thread dies.
 */
export function createBuiltinEmbedder(options: BuiltinEmbedderOptions = {}): Embedder {
  const { logger } = options;
  const size = options.workers ?? defaultWorkers();
  const setup: WorkerSetup = {
    engine: options.engine ?? "auto",
    files: options.files ?? BUNDLED_FILES,
    section: criticalSection(),
  };
  let engine: EngineName | undefined;

  const pool = createWorkerPool<Task, Result, Loaded>({
    // The worker is a .ts file beside this one when run from source, a .js file when built.
    file: new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
    workerData: setup,
    size,
    subject: "The embedding model",
    onReady(loaded) {
      if (engine === undefined) {
        logger?.info(
          { model: MODEL_NAME, engine: loaded.engine, loadMs: loaded.loadMs },
          "embedding model loaded",
        );
        if (loaded.nativeProblem !== undefined) {
          logger?.info({ reason: loaded.nativeProblem }, "the faster native engine is not used");
        }
      }
      engine = loaded.engine;
    },
    onDeath: (facts) => logger?.warn(facts, "an embedding worker ended"),
  });

  return {
    ...createEmbeddingTasks(pool),
    dimensions: DIMENSIONS,
    fingerprint: `${MODEL_NAME}/${DIMENSIONS}/${CHUNKING}`,
    describe: () => ({ model: MODEL_NAME, engine, workers: size }),
    knowsWord: knownWords(setup.files.tokenizerPath),
  };
}
