import type { SearchIndex } from "../domain/ports/search.ts";
import type { OutboxCounts, Storage } from "../domain/ports/storage.ts";

export interface IndexGenerations {
  /** Whether the index holds vectors that this program's embedder can be compared with, all of them. */
  isReady(): Promise<boolean>;
  /** Before indexing: when the index was made by another embedder or lies elsewhere, clears it and lists every prompt. */
  prepare(): Promise<void>;
  /** When there is nothing to do: a generation that was being built is complete, and search uses it from now on. */
  finish(): Promise<void>;
  /** Lists every prompt anew, without clearing: what is there stays in use until it is replaced. */
  rebuild(): Promise<void>;
}

/**
 * Keeps vectors of different models apart. The library says which fingerprint its index has; a program with another one
 * searches by words only until it has built its own, and then switches over at once. Each step can be interrupted.
 */
export function createIndexGenerations(deps: {
  readonly storage: Storage;
  readonly searchIndex: SearchIndex;
  readonly fingerprint: string;
  readonly log: { info(facts: object, message: string): void };
}): IndexGenerations {
  const { storage, searchIndex, log } = deps;
  const { indexState } = storage;
  const fingerprint = `${deps.fingerprint}@${searchIndex.id}`;

  return {
    async isReady() {
      const state = await indexState.get();
      return state === undefined || (state.fingerprint === fingerprint && state.phase === "ready");
    },

    async prepare() {
      const state = await indexState.get();
      if (state === undefined) return indexState.set({ fingerprint, phase: "ready" });
      if (state.fingerprint === fingerprint && state.phase !== "clearing") return;
      log.info(
        { from: state.fingerprint, to: fingerprint },
        "building the search index anew; search goes by words meanwhile",
      );
      await indexState.set({ fingerprint, phase: "clearing" });
      await searchIndex.reset();
      await indexState.rebuild(fingerprint);
    },

    async finish() {
      const state = await indexState.get();
      if (state?.fingerprint !== fingerprint || state.phase !== "building") return;
      if (!indexingIsDone(await storage.outbox.counts())) return;
      await indexState.set({ fingerprint, phase: "ready" });
      log.info({ fingerprint }, "the search index is complete");
    },

    async rebuild() {
      const before = await indexState.get();
      await indexState.rebuild(fingerprint);
      // What was complete stays in use; what was being built still is.
      const inUse = before?.fingerprint === fingerprint && before.phase === "ready";
      if (inUse) await indexState.set({ fingerprint, phase: "ready" });
    },
  };
}

/** Whether nothing is left but what is buried. */
export function indexingIsDone({ first, rest, buried }: OutboxCounts): boolean {
  return first + rest === buried;
}
