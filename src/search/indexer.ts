import { setTimeout as sleep } from "node:timers/promises";
import { type AppError, toAppError } from "../domain/errors.ts";
import type { OutboxEntry } from "../domain/ports/outbox.ts";
import type { Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { Split } from "../domain/ports/splits.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { createChunkWriter } from "./chunk-writer.ts";
import { gatherUpserts } from "./gathered-upserts.ts";
import type { IndexGenerations } from "./index-generations.ts";
import { turnsOfEventLoop } from "./turns.ts";

/** New prompts taken at a time, one chunk of each. */
const FIRST_BATCH = 8;
/** Long prompts taken at a time, a slice of each, when nothing new waits: then new ones are looked for again. */
const REST_BATCH = 2;
const SLICE_CHUNKS = 16;
const IDLE_MS = 250;

/** Tries before an entry is buried. What is only out of reach is never buried. */
const MAX_ATTEMPTS = 8;
const MAX_BACKOFF_MS = 5 * 60_000;
/** What was out of reach is asked again after this, so that search recovers soon after it does. */
const OUTAGE_WAIT_MS = 2_000;
const MAX_OUTAGE_WAIT_MS = 5_000;

export interface IndexerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/** What became of an entry; the error when something that all need was out of reach. */
type Outcome =
  | {
      readonly became: "done" | "further";
      readonly entry: OutboxEntry;
      /** Where its first chunk was written. */
      readonly split: Split | undefined;
    }
  | { readonly became: "waiting" }
  | { readonly became: "unreachable"; readonly error: AppError };

type Target = Pick<SearchIndex, "upsert">;

export interface Indexer {
  /** Works until stopped. */
  start(): void;
  /** Ends within a few chunks; what was taken and not finished is free for others at once. */
  stop(): Promise<void>;
  /** Works until nothing is due; resolves with how many times an entry was taken. Throws `unavailable` in an outage. */
  drain(signal?: AbortSignal): Promise<number>;
}

/**
 * Makes the search index equal to the database. An entry of the outbox says only that a prompt has changed; what is
 * written is the prompt as it is now, so that doing an entry twice, late, or after a newer one changes nothing. The first
 * chunk of everything comes before the rest of anything.
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
  const { outbox, splits } = storage;
  const writer = createChunkWriter(deps);
  // A batch begins at once, and ends at once where it was written together.
  const turn = turnsOfEventLoop();
  let running: { readonly ended: Promise<void>; readonly stopping: AbortController } | undefined;

  /** One batch; how many entries it took. */
  async function step(signal: AbortSignal): Promise<number> {
    await turn();
    await generations.prepare();
    const entries = await claim();
    const outcomes = await attemptAll(entries, signal);
    const entriesThat = (became: "done" | "further") =>
      outcomes.flatMap((outcome) => (outcome.became === became ? outcome.entry : []));
    // One transaction for all of a kind, in a turn of its own. The splits before what says that they are there.
    await turn();
    await splits.put(outcomes.flatMap((outcome) => ("split" in outcome && outcome.split) || []));
    await turn();
    await outbox.advance(entriesThat("further"));
    await turn();
    await outbox.complete(entriesThat("done"));
    // Nothing could be reached: whoever called waits, and the rest of the queue with it.
    const outages = outcomes.flatMap((outcome) => (outcome.became === "unreachable" ? outcome.error : []));
    if (outages.length > 0 && outages.length === outcomes.length) throw outages[0];
    if (entries.length === 0) await generations.finish();
    return entries.length;
  }

  async function claim(): Promise<OutboxEntry[]> {
    const first = await outbox.claim("first", FIRST_BATCH, leaseMs);
    return first.length > 0 ? first : outbox.claim("rest", REST_BATCH, leaseMs);
  }

  /** The first chunks of a batch are written together; a slice of a long prompt is a batch in itself. */
  function attemptAll(entries: readonly OutboxEntry[], signal: AbortSignal): Promise<Outcome[]> {
    // A batch is of one stage.
    const firsts = entries[0]?.stage === "first" ? gatherUpserts(searchIndex, entries.length) : [];
    return Promise.all(
      entries.map((entry, at) => {
        const gathering = firsts[at];
        return attempt(entry, gathering ?? searchIndex, signal).finally(gathering?.end);
      }),
    );
  }

  async function attempt(entry: OutboxEntry, into: Target, signal: AbortSignal): Promise<Outcome> {
    try {
      const { position, split } = await index(entry, into, signal);
      return position === undefined
        ? { became: "done", entry, split }
        : { became: "further", entry: { ...entry, position }, split };
    } catch (thrown) {
      const error = toAppError(thrown);
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (signal.aborted) await outbox.release([entry]);
      else if (error.code === "unavailable") {
        await outbox.postpone(entry, OUTAGE_WAIT_MS, reason);
        return { became: "unreachable", error };
      } else await putOff(entry, reason);
      return { became: "waiting" };
    }
  }

  async function putOff(entry: OutboxEntry, reason: string): Promise<void> {
    const { tenantId, promptId } = entry;
    const attempts = entry.attempts + 1;
    log.warn({ tenantId, promptId, attempts, reason }, "indexing failed");
    if (attempts >= MAX_ATTEMPTS) return outbox.bury(entry, reason);
    return outbox.retry(entry, Math.min(1000 * 2 ** entry.attempts, MAX_BACKOFF_MS), reason);
  }

  /**
   * Brings the index one step nearer to the prompt; tells the chunk from which to go on, where that was not the last, and at the first
   * step how the version was split.
   */
  async function index(
    entry: OutboxEntry,
    into: Target,
    signal: AbortSignal,
  ): Promise<{ readonly position?: number | undefined; readonly split?: Split }> {
    const { tenantId, promptId, position } = entry;
    await turn();
    const current = await currentVersion(tenantId, promptId);
    if (current === undefined) {
      await drop(entry);
      return {};
    }
    const plan = await writer.plan(tenantId, current.prompt, current.version);
    const to = entry.stage === "first" ? 1 : Math.min(position + SLICE_CHUNKS, plan.total);
    try {
      await writer.write(into, tenantId, plan, position, to, signal);
    } finally {
      await turn();
      // Gone while it was written, with its entry and perhaps its tenant: nobody else will look for these chunks.
      if (!(await isLive(tenantId, promptId))) await drop(entry);
    }
    const next = to < plan.total ? to : undefined;
    if (entry.stage !== "first") return { position: next };
    const { number: version } = current.version;
    // A first version has no older chunks.
    if (version > 1) await searchIndex.prune(tenantId, promptId, version);
    return { position: next, split: { tenantId, promptId, version, spans: plan.spans } };
  }

  async function drop(entry: OutboxEntry): Promise<void> {
    const { tenantId, promptId } = entry;
    await searchIndex.prune(tenantId, promptId);
    // It may have been restored, and indexed by another process, while this one was slow to drop it.
    if (await isLive(tenantId, promptId)) {
      await storage.tenant(tenantId).write((store) => store.enqueueIndexing(promptId));
    }
  }

  function isLive(tenantId: string, promptId: string): Promise<boolean> {
    return storage.tenant(tenantId).read(async (store) => {
      const [prompt] = await store.prompts.findMany([promptId]);
      return prompt !== undefined && prompt.archivedAt === undefined;
    });
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
    let wait = IDLE_MS;
    let told: string | undefined;
    while (!signal.aborted) {
      const taken = await step(signal).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        // Once for as long as it stays the same: it is tried again every few seconds.
        if (reason !== told) log.warn({ reason }, "the indexer cannot go on for now");
        told = reason;
        return undefined;
      });
      if (taken !== undefined) told = undefined;
      wait = taken === undefined ? Math.min(2 * wait, MAX_OUTAGE_WAIT_MS) : IDLE_MS;
      if (!taken) await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      if (running !== undefined) return;
      const stopping = new AbortController();
      running = { ended: work(stopping.signal), stopping };
    },
    async stop() {
      const current = running;
      running = undefined;
      current?.stopping.abort();
      await current?.ended;
    },
    async drain(signal = new AbortController().signal) {
      for (let total = 0; ; ) {
        const taken = signal.aborted ? 0 : await step(signal);
        if (taken === 0) return total;
        total += taken;
      }
    },
  };
}
