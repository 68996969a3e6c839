import { setTimeout as sleep } from "node:timers/promises";
import type { Embedder, IndexedChunk, SearchIndex, Span } from "../domain/ports/search.ts";
import type { OutboxEntry, Storage } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";

/** Entries taken at a time: enough to keep the workers busy, few enough to be redone when the process dies. */
const BATCH = 16;
const IDLE_MS = 250;
const MAX_BACKOFF_MS = 5 * 60_000;
/** Chunks embedded and written at a time, so that a long prompt does not hold everything in memory. */
const CHUNKS_AT_ONCE = 32;

export interface IndexerLog {
  debug(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface Indexer {
  /** Works until stopped. */
  start(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
  /** Works until nothing is due; resolves with how many entries were finished. */
  drain(onProgress?: () => void): Promise<number>;
}

/**
 * Makes the search index equal to the database. An entry of the outbox says only that a prompt has changed; what is
 * written is the prompt as it is now, so that doing an entry twice, late, or after a newer one changes nothing.
 */
export function createIndexer(deps: {
  readonly storage: Storage;
  readonly searchIndex: SearchIndex;
  readonly embedder: Embedder;
  readonly log: IndexerLog;
  /**
   * An entry that was taken and neither finished nor failed, because its process died, is taken again after this. A
   * shorter lease than a batch takes costs double work and nothing else.
   */
  readonly leaseMs: number;
}): Indexer {
  const { storage, searchIndex, embedder, log, leaseMs } = deps;
  const { outbox } = storage;
  let running: Promise<void> | undefined;
  let stopping = new AbortController();

  /** One batch; how many entries it took. */
  async function step(): Promise<number> {
    const entries = await outbox.claim(BATCH, leaseMs);
    await Promise.all(
      entries.map((entry) =>
        index(entry).catch(async (error: unknown) => {
          const delay = Math.min(1000 * 2 ** entry.attempts, MAX_BACKOFF_MS);
          const reason = error instanceof Error ? error.message : String(error);
          log.warn(
            { tenantId: entry.tenantId, promptId: entry.promptId, attempts: entry.attempts + 1, reason },
            "indexing failed",
          );
          await outbox.retry(entry, delay, reason);
        }),
      ),
    );
    return entries.length;
  }

  async function index(entry: OutboxEntry): Promise<void> {
    const { tenantId, promptId } = entry;
    const current = await storage.tenant(tenantId).read(async (store) => {
      const [prompt] = await store.prompts.findMany([promptId]);
      if (prompt === undefined || prompt.archivedAt !== undefined) return undefined;
      const version = await store.versions.find(promptId, prompt.latestVersion);
      return version && { prompt, version };
    });
    if (current === undefined) {
      await searchIndex.prune(tenantId, promptId);
      return outbox.complete([entry]);
    }
    const spans = await embedder.split(headingOf(current.prompt), current.version.content);
    if (entry.stage === "first") {
      await write(tenantId, current, spans, 0, 1);
      await searchIndex.prune(tenantId, promptId, current.version.number);
      return spans.length > 1 ? outbox.advance([entry]) : outbox.complete([entry]);
    }
    for (let from = 1; from < spans.length; from += CHUNKS_AT_ONCE) {
      await write(tenantId, current, spans, from, from + CHUNKS_AT_ONCE);
    }
    await outbox.complete([entry]);
  }

  async function write(
    tenantId: string,
    { prompt, version }: { prompt: Prompt; version: Version },
    spans: readonly Span[],
    from: number,
    to: number,
  ): Promise<void> {
    const part = spans.slice(from, to);
    const heading = headingOf(prompt);
    const vectors = await embedder.embed(
      part.map(({ start, end }) => `${heading}\n${version.content.slice(start, end)}`),
    );
    const chunks = part.flatMap((span, at): IndexedChunk[] => {
      const vector = vectors[at];
      return vector
        ? [{ promptId: prompt.id, version: version.number, position: from + at, span, vector }]
        : [];
    });
    await searchIndex.upsert(tenantId, chunks);
  }

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const done = await step().catch((error: unknown) => {
        log.warn(
          { reason: error instanceof Error ? error.message : String(error) },
          "the indexer could not reach the database",
        );
        return 0;
      });
      if (done === 0) await sleep(IDLE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      stopping = new AbortController();
      running ??= work(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
    async drain(onProgress) {
      let total = 0;
      for (;;) {
        const done = await step();
        if (done === 0) return total;
        total += done;
        onProgress?.();
      }
    },
  };
}

/** What stands in front of each chunk, so that a piece from the middle still says what it is a piece of. */
function headingOf(prompt: Prompt): string {
  return prompt.title;
}
