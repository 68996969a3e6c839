import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { Embedder } from "../../domain/ports/search.ts";
import { criticalSection } from "./critical-section.ts";
import type { EngineChoice, EngineName } from "./engine.ts";
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

const MOST_WORKERS_BY_DEFAULT = 4;

/**
 * The bundled model, all-MiniLM-L6-v2, in worker threads. Nothing is loaded before the first call; idle threads do not keep the
 * process alive. Calls throw `unavailable` when the model cannot be loaded or a thread dies.
 */
export function createBuiltinEmbedder(options: BuiltinEmbedderOptions = {}): Embedder {
  const { logger } = options;
  const size = options.workers ?? Math.max(1, Math.min(MOST_WORKERS_BY_DEFAULT, availableParallelism() - 1));
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

  async function vectorOf(
    text: string,
    how: { urgent?: boolean; signal?: AbortSignal },
  ): Promise<Float32Array> {
    const result = await pool.run({ kind: "embed", text }, how);
    if (!("vector" in result)) throw wrongAnswer();
    return result.vector;
  }

  return {
    dimensions: DIMENSIONS,
    fingerprint: `${MODEL_NAME}/${DIMENSIONS}/${CHUNKING}`,
    describe: () => ({ model: MODEL_NAME, engine, workers: size }),
    embedQuery: (text) => vectorOf(text, { urgent: true }),
    async embed(texts) {
      // One text a task: a batch is no faster, and a query waits for one text at most.
      const abandoned = new AbortController();
      try {
        return await Promise.all(texts.map((text) => vectorOf(text, { signal: abandoned.signal })));
      } catch (error) {
        abandoned.abort();
        throw error;
      }
    },
    async split(heading, text) {
      const result = await pool.run({ kind: "split", heading, text });
      if (!("spans" in result)) throw wrongAnswer();
      return result.spans;
    },
    close: () => pool.close(),
  };
}

function wrongAnswer(): AppError {
  return new AppError("internal", "An embedding worker answered something else than it was asked.");
}
