import { createTurnQueue } from "../turn-queue.ts";
import { ServiceFailure } from "./service-failure.ts";

/**
 * Texts of one caller travel with those of others: whatever has gathered while requests were under way goes out together,
 * and where that is more than a request takes, tenants take turns.
 */
export interface TextBatches {
  /** The vector of a text. A text whose signal is aborted before it has left is dropped. */
  add(tenantId: string, text: string, signal?: AbortSignal): Promise<Float32Array>;
}

interface Job {
  readonly text: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (vector: Float32Array) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers texts into requests.
 *
 * A batch that is refused is sent in halves, so that one bad text costs the others nothing; when the halves are
 * taken, the service wants smaller batches, and gets them from then on.
 */
export function createTextBatches(options: {
  readonly send: (texts: readonly string[]) => Promise<Float32Array[]>;
  /** Whether the service has ever taken a text. Until then a refused text is taken as a refusal of all. */
  readonly isTrusted: () => boolean;
  readonly concurrency: number;
  readonly mostTexts: number;
  readonly mostCharacters: number;
}): TextBatches {
  const { send, isTrusted, concurrency, mostCharacters } = options;
  let { mostTexts } = options;
  const waiting = createTurnQueue<Job>();
  let underWay = 0;
  let scheduled = false;

  /** Later in this turn of the event loop, so that the texts of one call go together. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (underWay < concurrency && waiting.peek() !== undefined) void dispatch(nextBatch());
    });
  }

  function nextBatch(): Job[] {
    const batch: Job[] = [];
    let characters = 0;
    for (let job = waiting.peek(); job !== undefined; job = waiting.peek()) {
      if (job.signal?.aborted) {
        job.reject(job.signal.reason);
        waiting.take();
        continue;
      }
      characters += job.text.length;
      if (batch.length > 0 && (batch.length === mostTexts || characters > mostCharacters)) break;
      batch.push(job);
      waiting.take();
    }
    return batch;
  }

  async function dispatch(batch: readonly Job[]): Promise<void> {
    if (batch.length === 0) return;
    underWay++;
    await deliver(batch);
    underWay--;
    schedule();
  }

  /** Settles the jobs; true when each has its vector. */
  async function deliver(batch: readonly Job[]): Promise<boolean> {
    try {
      const vectors = await send(batch.map(({ text }) => text));
      for (const [at, vector] of vectors.entries()) batch[at]?.resolve(vector);
      return true;
    } catch (error) {
      if (batch.length > 1 && error instanceof ServiceFailure && error.kind === "texts") {
        return deliverHalves(batch, error);
      }
      for (const job of batch) job.reject(error);
      return false;
    }
  }

  async function deliverHalves(batch: readonly Job[], error: ServiceFailure): Promise<boolean> {
    const middle = Math.ceil(batch.length / 2);
    const first = await deliver(batch.slice(0, middle));
    if (!isTrusted()) {
      for (const job of batch.slice(middle)) job.reject(error);
      return false;
    }
    const all = (await deliver(batch.slice(middle))) && first;
    if (all) mostTexts = Math.min(mostTexts, middle);
    return all;
  }

  return {
    add(tenantId, text, signal) {
      return new Promise((resolve, reject) => {
        waiting.add(tenantId, { text, signal, resolve, reject });
        schedule();
      });
    },
  };
}
