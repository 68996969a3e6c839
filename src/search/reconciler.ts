import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";
import type { OutboxCounts } from "../domain/ports/outbox.ts";
import type { IndexedVersion, SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { indexingIsDone } from "./index-generations.ts";
import type { Indexer } from "./indexer.ts";

/** How the index differs from the database, in prompts. */
export interface IndexDifference {
  /** Not in the index, or not all of it. */
  readonly missing: number;
  /** In the index at another version. */
  readonly stale: number;
  /** In the index, but archived or gone, perhaps with its tenant. */
  readonly orphaned: number;
}

export interface Reconciliation {
  readonly found: IndexDifference;
  /** What is left after the repair: zero, unless something cannot be indexed. */
  readonly left: IndexDifference;
}

export interface ReconcileProgress {
  readonly onTenant?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const WAIT_MS = 200;

export type Reconciler = ReturnType<typeof createReconciler>;

/** Compares the index with the database, tenant by tenant, and makes them equal. Can be stopped and run again at any time. */
export function createReconciler(deps: {
  readonly storage: Storage;
  readonly searchIndex: SearchIndex;
  readonly indexer: Indexer;
  /**
   * For how long what other processes have taken, or what failed and is to be tried again, is waited for while nothing
   * moves. Longer than a lease, and than the pause before the last try.
   */
  readonly patienceMs: number;
}) {
  const { storage, searchIndex, indexer, patienceMs } = deps;

  return {
    /**
     * Finishes what is on the index's list, then compares and repairs, then compares again. Throws `unavailable` when the
     * index is out of reach, and when others hold entries of the list and get nowhere.
     */
    async reconcile(progress: ReconcileProgress = {}): Promise<Reconciliation> {
      await drainAll(progress.signal);
      const found = await compare(progress, repair);
      await drainAll(progress.signal);
      const left = difference(found) === 0 ? found : await compare(progress, async () => undefined);
      return { found, left };
    },
  };

  /** Until nothing is left but what is buried; what another process has taken is waited for, as long as there is progress. */
  async function drainAll(signal: AbortSignal | undefined): Promise<void> {
    let movedAt = performance.now();
    let before: string | undefined;
    while (!signal?.aborted) {
      const taken = await indexer.drain(signal);
      const counts = await storage.outbox.counts();
      if (indexingIsDone(counts)) return;
      const now = JSON.stringify(counts);
      if (taken > 0 || now !== before) movedAt = performance.now();
      before = now;
      if (performance.now() - movedAt > patienceMs) throw stuck(counts);
      if (taken === 0) await sleep(WAIT_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }

  async function compare(
    { onTenant, signal }: ReconcileProgress,
    mend: (tenantId: string, differing: Differing) => Promise<void>,
  ): Promise<IndexDifference> {
    const sum = { missing: 0, stale: 0, orphaned: 0 };
    // Tenants that are gone, too: a process may have died between their rows and their vectors. The index first, since a tenant that
    // is founded meanwhile is in the library before it is there.
    const holding = await searchIndex.tenantIds();
    const living = await storage.directory.read((store) => store.tenantIds());
    const tenantIds = [...new Set([...living, ...holding])];
    for (const [done, tenantId] of tenantIds.entries()) {
      if (signal?.aborted) break;
      onTenant?.(done, tenantIds.length);
      // The index first: what is written after is newer there than here, and on the index's list.
      const held = await searchIndex.inventory(tenantId);
      const wanted = await storage.tenant(tenantId).read((store) => store.prompts.latestVersions());
      const differing = differingOf(wanted, held);
      sum.missing += differing.missing.length;
      sum.stale += differing.stale.length;
      sum.orphaned += differing.orphaned.length;
      await mend(tenantId, differing);
    }
    onTenant?.(tenantIds.length, tenantIds.length);
    return sum;
  }

  async function repair(tenantId: string, differing: Differing): Promise<void> {
    const { missing, stale, orphaned, ahead } = differing;
    // An index does not replace a newer version by an older one: what is ahead goes first.
    for (const promptId of [...orphaned, ...ahead]) await searchIndex.prune(tenantId, promptId);
    // Restored, and perhaps indexed again, while it was taken for gone.
    const back = await storage.tenant(tenantId).read((store) => store.prompts.findMany(orphaned));
    const restored = back.filter(({ archivedAt }) => archivedAt === undefined).map(({ id }) => id);
    const outdated = [...missing, ...stale, ...restored];
    if (outdated.length === 0) return;
    await storage.tenant(tenantId).write(async (store) => {
      for (const promptId of outdated) await store.enqueueIndexing(promptId);
    });
  }
}

interface Differing {
  readonly missing: string[];
  readonly stale: string[];
  readonly orphaned: string[];
  /** Of the stale ones, those at a version that the database does not have (yet): a backup was restored. */
  readonly ahead: string[];
}

function differingOf(
  wanted: readonly { readonly id: string; readonly version: number }[],
  held: readonly IndexedVersion[],
): Differing {
  const heldOf = Map.groupBy(held, (entry) => entry.promptId);
  const missing: string[] = [];
  const stale: string[] = [];
  const ahead: string[] = [];
  for (const { id, version } of wanted) {
    const versions = heldOf.get(id) ?? [];
    heldOf.delete(id);
    const current = versions.find((entry) => entry.version === version);
    if (versions.some((entry) => entry.version > version)) ahead.push(id);
    if (versions.some((entry) => entry.version !== version)) stale.push(id);
    else if (current === undefined || current.chunks < current.total) missing.push(id);
  }
  return { missing, stale, ahead, orphaned: [...heldOf.keys()] };
}

function difference({ missing, stale, orphaned }: IndexDifference): number {
  return missing + stale + orphaned;
}

function stuck({ first, rest, failing, buried }: OutboxCounts): AppError {
  const waiting = first + rest - buried;
  return new AppError(
    "unavailable",
    `${waiting} prompts on the index's list do not move: other processes have taken them, or they fail again and again (${failing} did). ` +
      "See their logs and `promptforge doctor`, then repeat the command: it goes on where it was.",
    { waiting, failing },
  );
}
