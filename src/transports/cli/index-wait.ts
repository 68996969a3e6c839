import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../../app.ts";
import type { Io } from "./io.ts";
import { progressBar } from "./progress-bar.ts";

const POLL_MS = 200;

/**
 * Brings the search index up to date and waits for it; a signal ends it after the batch under way. What another process
 * has taken, or had taken when it died, is waited for, too. Ends early when all that is left has failed; resolves with
 * how many that is.
 */
export async function waitForIndex(app: App, io: Io, signal: AbortSignal): Promise<number> {
  const left = async () => {
    const { first, rest, failing } = await app.storage.outbox.counts();
    return { entries: first + rest, failing, work: workIn(first, rest) };
  };
  const start = await left();
  if (start.entries === 0) return 0;
  const bar = progressBar(io, "Indexing", start.work, "percent");
  app.indexer.start();
  try {
    for (let now = start; now.entries > now.failing && !signal.aborted; now = await left()) {
      bar.set(start.work - now.work);
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    await app.indexer.stop();
    const end = await left();
    bar.set(start.work - end.work);
    return end.failing;
  } finally {
    bar.stop();
  }
}

/** A prompt's first chunk, then the rest of it: two steps, of which the second may fall away. */
function workIn(first: number, rest: number): number {
  return 2 * first + rest;
}
