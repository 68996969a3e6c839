import { AppError } from "../domain/errors.ts";
import type { IndexedChunk, SearchIndex } from "../domain/ports/search.ts";

/** One of those who write once each. */
export interface Writer {
  upsert(tenantId: string, chunks: readonly IndexedChunk[]): Promise<void>;
  /** To be called when it ends, whether or not it has written: nobody waits for it any longer. */
  end(): void;
}

interface Waiting {
  readonly tenantId: string;
  readonly chunks: readonly IndexedChunk[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes what several bring, of each tenant at once, when the last of them has brought its own or has ended: each write of
 * its own would cost a wait for the disk. Where a write is refused each is tried for itself, so that what is wrong with
 * one is not laid on the others.
 */
export function gatherUpserts(index: Pick<SearchIndex, "upsert">, count: number): Writer[] {
  const waiting: Waiting[] = [];
  let awaited = count;

  function arrived(): void {
    awaited--;
    if (awaited > 0) return;
    for (const [tenantId, own] of Map.groupBy(waiting, (one) => one.tenantId)) void write(tenantId, own);
  }

  async function write(tenantId: string, own: readonly Waiting[]): Promise<void> {
    try {
      await index.upsert(
        tenantId,
        own.flatMap(({ chunks }) => chunks),
      );
      for (const { resolve } of own) resolve();
    } catch (error) {
      const isOfAll = own.length === 1 || (error instanceof AppError && error.code === "unavailable");
      for (const one of own) {
        if (isOfAll) one.reject(error);
        else await index.upsert(tenantId, one.chunks).then(one.resolve, one.reject);
      }
    }
  }

  return Array.from({ length: count }, () => {
    let isAwaited = true;
    const arrive = () => {
      if (isAwaited) arrived();
      isAwaited = false;
    };
    return {
      upsert: (tenantId, chunks) =>
        new Promise((resolve, reject) => {
          waiting.push({ tenantId, chunks, resolve, reject });
          arrive();
        }),
      end: arrive,
    };
  });
}
