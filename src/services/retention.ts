import { setImmediate as otherWork } from "node:timers/promises";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";

const DAY_MS = 24 * 60 * 60_000;
const FIRST_PRUNE_MS = 60_000;
const PRUNE_EVERY_MS = 60 * 60_000;

export type Retention = ReturnType<typeof createRetention>;

/**
 * For how long something is kept in each tenant, and the deletion of what is older: every hour, and when `prune` is called, by one
 * replica.
 */
export function createRetention(deps: {
  readonly storage: Storage;
  readonly now: () => Date;
  /** Names the job for the other replicas. */
  readonly job: string;
  /** With 0 nothing is kept. */
  readonly retentionDays: number;
  readonly deleteBefore: (store: TenantStore, at: Date) => Promise<void>;
  /** Hears why nothing could be deleted. */
  readonly onFailure: (reason: unknown) => void;
}) {
  const { storage, now, job, retentionDays, deleteBefore, onFailure } = deps;
  let prunedAt = Number.NEGATIVE_INFINITY;
  let pruning = Promise.resolve();
  let timer = setTimeout(pruneRegularly, FIRST_PRUNE_MS).unref();

  return {
    keepsNothing: retentionDays === 0,

    /** The start of the time for which it is kept. */
    since,

    /** Deletes what is past its time, in every tenant, unless that was done less than an hour ago. Never rejects. */
    prune,

    async close(): Promise<void> {
      clearTimeout(timer);
      await pruning;
    },
  };

  function since(): Date {
    return new Date(now().getTime() - retentionDays * DAY_MS);
  }

  function pruneRegularly(): void {
    timer = setTimeout(pruneRegularly, PRUNE_EVERY_MS).unref();
    void prune();
  }

  function prune(): Promise<void> {
    pruning = pruning.then(deleteOld).catch(onFailure);
    return pruning;
  }

  async function deleteOld(): Promise<void> {
    const at = now().getTime();
    if (at - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = at;
    if (!(await storage.claimJob(job, PRUNE_EVERY_MS))) return;
    const kept = since();
    for (const tenantId of await storage.directory.read((directory) => directory.tenantIds())) {
      await storage.tenant(tenantId).write((store) => deleteBefore(store, kept));
      await otherWork();
    }
  }
}
