import { setImmediate as otherWork } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { UseCount } from "../domain/ports/uses.ts";
import { createWriteLater } from "./write-later.ts";

/** Counts are written so long after the first of them … */
const WRITE_AFTER_MS = 5_000;
/** … or as soon as there are so many different ones. */
const BATCH = 1_000;
/** Beyond so many, while the storage is not available, what was not counted before is not counted. */
const CAPACITY = 10_000;
/** A storage that was not available is tried again so much later. */
const RETRY_AFTER_MS = 30_000;

interface HeldCount extends UseCount {
  readonly tenantId: string;
}

export type UseCounter = ReturnType<typeof createUseCounter>;

/**
 * Counts uses in memory, and adds them to those in the storage now and then: whoever reads a prompt waits for nothing, and
 * several processes add to the same numbers. A process that dies loses what it counted in the last seconds.
 */
export function createUseCounter(deps: {
  readonly storage: Storage;
  /** Hears that counts were written. */
  readonly onWritten: () => void;
  /** Hears why they could not be. */
  readonly onFailure: (reason: unknown) => void;
}) {
  const { storage, onWritten, onFailure } = deps;
  let held = new Map<string, HeldCount>();
  const later = createWriteLater(writeHeld);

  return {
    add(tenantId: string, count: UseCount): void {
      hold({ tenantId, ...count });
      if (held.size === BATCH) later.in(0);
      else later.within(WRITE_AFTER_MS);
    },

    flush: later.flush,
    close: later.close,
  };

  function hold(count: HeldCount): void {
    const { tenantId, promptId, day, version, label } = count;
    const key = JSON.stringify([tenantId, promptId, day, version, label]);
    const before = held.get(key);
    if (before === undefined && held.size >= CAPACITY) return;
    const { renders = 0, reads = 0 } = before ?? {};
    held.set(key, { ...count, renders: renders + count.renders, reads: reads + count.reads });
  }

  /** Writes what was counted so far. Never rejects. */
  async function writeHeld(): Promise<void> {
    if (held.size === 0) return;
    const byTenant = Map.groupBy(held.values(), ({ tenantId }) => tenantId);
    held = new Map();
    const failures: unknown[] = [];
    for (const [tenantId, counts] of byTenant) {
      try {
        await storage
          .tenant(tenantId)
          .write(({ uses }) => uses.add(counts.map(({ tenantId: _tenant, ...count }) => count)));
      } catch (error) {
        failures.push(error);
        if (error instanceof AppError && error.code === "unavailable") {
          for (const count of counts) hold(count);
          later.in(RETRY_AFTER_MS);
        }
      }
      // A write keeps the thread for as long as the disk takes.
      await otherWork();
    }
    if (failures.length > 0) onFailure(failures[0]);
    else onWritten();
  }
}
