import { availableParallelism } from "node:os";
import { AppError } from "../../domain/errors.ts";
import type { Embedder, Span } from "../../domain/ports/search.ts";
import type { Result, Task } from "./messages.ts";
import type { WorkerPool } from "./worker-pool.ts";

const MOST_WORKERS_BY_DEFAULT = 4;

/** So many searches of one tenant wait for their turn: one thread embeds them in about a second. */
const MOST_WAITING_QUERIES = 100;
/** A search that has waited so long is better answered by words. */
const QUERY_PATIENCE_MS = 5_000;

/** One thread less than the processors, at most 4. */
export function defaultWorkers(): number {
  return Math.max(1, Math.min(MOST_WORKERS_BY_DEFAULT, availableParallelism() - 1));
}

/** What an embedder does, as tasks for a pool of threads that each hold the model. */
export function createEmbeddingTasks(
  pool: WorkerPool<Task, Result>,
): Pick<Embedder, "embedQuery" | "embed" | "split" | "close"> {
  async function vectorOf(text: string, how: Parameters<typeof pool.run>[1]): Promise<Float32Array> {
    const result = await pool.run({ kind: "embed", text }, how);
    if (!("vector" in result)) throw wrongAnswer();
    return result.vector;
  }

  return {
    embedQuery: (tenantId, text) =>
      vectorOf(text, {
        tenantId,
        urgent: true,
        mostWaiting: MOST_WAITING_QUERIES,
        patienceMs: QUERY_PATIENCE_MS,
      }),
    async embed(tenantId, texts) {
      // One text a task: a batch is no faster, and a query waits for one text at most.
      const abandoned = new AbortController();
      try {
        return await Promise.all(texts.map((text) => vectorOf(text, { tenantId, signal: abandoned.signal })));
      } catch (error) {
        abandoned.abort();
        throw error;
      }
    },
    async split(tenantId, heading, text): Promise<readonly Span[]> {
      const result = await pool.run({ kind: "split", heading, text }, { tenantId });
      if (!("spans" in result)) throw wrongAnswer();
      return result.spans;
    },
    close: () => pool.close(),
  };
}

function wrongAnswer(): AppError {
  return new AppError("internal", "An embedding worker answered something else than it was asked.");
}
