import { setTimeout as sleep } from "node:timers/promises";
import { toAppError } from "../domain/errors.ts";
import type { Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { OutboxEntry, Storage } from "../domain/ports/storage.ts";
import { createChunkWriter } from "./chunk-writer.ts";
import type { IndexGenerations } from "./index-generations.ts";

/** Entries taken at a time: enough to keep the workers busy, few enough to be redone when the process dies. */
const BATCH = 16;
const IDLE_MS = 250;

/** Tries before an entry is buried. What is only out of reach is never buried. */
const MAX_ATTEMPTS = 8;
const MAX_BACKOFF_MS = 5 * 60_000;
/** An index that was away is asked again at least this often, so that search recovers soon after it does. */
const MAX_OUTAGE_BACKOFF_MS = 5_000;

export interface IndexerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface Indexer {
  /** Works until stopped. */
  start(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
  /** Works until nothing is due; resolves with how many entries were taken. */
  drain(): Promise<number>;
}

/**
 * Makes the search index equal to the database. An entry of the outbox says only that a prompt has changed; what is
 * written is the prompt as it is now, so that doing an entry twice, late, or after a newer one changes nothing.
 */
export function createIndexer(deps: {
  readonly storage: Storage;
  readonly searchIndex: SearchIndex;
  readonly embedder: Embedder;
  readonly generations: IndexGenerations;
  readonly log: IndexerLog;
  /**
   * An entry that was taken and neither finished nor failed, because its process died, is taken again after this. A
   * shorter lease than a batch takes costs double work and nothing else.
   */
  readonly leaseMs: number;
}): Indexer {
  const { storage, searchIndex, generations, log, leaseMs } = deps;
  const { outbox } = storage;
  const writer = createChunkWriter(deps);
  let running: Promise<void> | undefined;
  let stopping = new AbortController();

  /** One batch; how many entries it took. */
  async function step(): Promise<number> {
    await generations.prepare();
    const entries = await outbox.claim(BATCH, leaseMs);
    await Promise.all(entries.map((entry) => index(entry).catch((error: unknown) => putOff(entry, error))));
    if (entries.length === 0) await generations.finish();
    return entries.length;
  }

  async function putOff(entry: OutboxEntry, thrown: unknown): Promise<void> {
    const { tenantId, promptId } = entry;
    const outage = toAppError(thrown).code === "unavailable";
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const attempts = entry.attempts + 1;
    log.warn({ tenantId, promptId, attempts, reason }, "indexing failed");
    if (!outage && attempts >= MAX_ATTEMPTS) return outbox.bury(entry, reason);
    const longest = outage ? MAX_OUTAGE_BACKOFF_MS : MAX_BACKOFF_MS;
    return outbox.retry(entry, Math.min(1000 * 2 ** entry.attempts, longest), reason);
  }

  async function index(entry: OutboxEntry): Promise<void> {
    const { tenantId, promptId, stage } = entry;
    const current = await currentVersion(tenantId, promptId);
    if (current === undefined) {
      await searchIndex.prune(tenantId, promptId);
      // It may have been restored, and indexed by another process, while this one was slow to drop it.
      if ((await currentVersion(tenantId, promptId)) !== undefined) {
        await storage.tenant(tenantId).write((store) => store.enqueueIndexing(promptId));
      }
      return outbox.complete([entry]);
    }
    const chunks = await writer.plan(current.prompt, current.version);
    if (stage === "first") {
      await writer.write(tenantId, chunks, 0, 1);
      await searchIndex.prune(tenantId, promptId, current.version.number);
      return chunks.total > 1 ? outbox.advance([entry]) : outbox.complete([entry]);
    }
    await writer.write(tenantId, chunks, 1, chunks.total);
    return outbox.complete([entry]);
  }

  function currentVersion(tenantId: string, promptId: string) {
    return storage.tenant(tenantId).read(async (store) => {
      const [prompt] = await store.prompts.findMany([promptId]);
      if (prompt === undefined || prompt.archivedAt !== undefined) return undefined;
      const version = await store.versions.find(promptId, prompt.latestVersion);
      return version && { prompt, version };
    });
  }

  async function work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const taken = await step().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason }, "the indexer could not reach the database or the index");
        return 0;
      });
      if (taken === 0) await sleep(IDLE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      if (running !== undefined) return;
      stopping = new AbortController();
      running = work(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
    async drain() {
      for (let total = 0; ; ) {
        const taken = await step();
        if (taken === 0) return total;
        total += taken;
      }
    },
  };
}
