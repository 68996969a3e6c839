import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { IndexHolder, IndexState } from "../domain/ports/index-state.ts";
import type { OutboxCounts } from "../domain/ports/outbox.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";

export interface IndexGenerations {
  /** Why the index cannot be searched by this program's vectors just now; `undefined` when it can. */
  obstacle(): Promise<string | undefined>;
  /**
   * Before indexing: holds the index, and where its last holder had another embedder or another index, clears it and lists
   * every prompt. Throws `unavailable` while another live process holds it with another embedder.
   */
  prepare(): Promise<void>;
  /** Before vectors are written: throws `unavailable` when the index is held no longer. */
  requireHold(): Promise<void>;
  /** When there is nothing to do: a generation that was being built is complete, and search uses it from now on. */
  finish(): Promise<void>;
  /** Lists every prompt anew, without clearing: what is there stays in use until it is replaced. */
  rebuild(): Promise<void>;
  /** Lets others have the index, whatever their embedder. */
  release(): Promise<void>;
}

/** A process that says nothing for so long is taken to be gone, and its index is another's to build. */
const HOLD_MS = 60_000;
const RENEW_AFTER_MS = 20_000;

/** Between reading the state and writing it another process may have changed it. */
const ATTEMPTS = 5;

/**
 * Keeps vectors of different models apart. The library says which fingerprint its index has, and which processes fill it; a
 * program with another one searches by words only, until those are gone and it has built its own, and then switches over at
 * once. Each step can be interrupted, and each change of state is compared and set.
 */
export function createIndexGenerations(deps: {
  readonly storage: Storage;
  readonly searchIndex: SearchIndex;
  readonly fingerprint: string;
  readonly log: { info(facts: object, message: string): void };
  readonly now?: () => Date;
}): IndexGenerations {
  const { storage, searchIndex, log, now = () => new Date() } = deps;
  const { indexState } = storage;
  const fingerprint = `${deps.fingerprint}@${searchIndex.id}`;
  const id = randomUUID();
  let renewAt = 0;

  async function hold(): Promise<IndexState> {
    const at = now();
    const known = await indexState.get();
    if (isUsable(known) && at.getTime() < renewAt) return known;
    if (known !== undefined && known.fingerprint !== fingerprint) await refuseWhileHeld(at);
    const holder: IndexHolder = { id, fingerprint, expiresAt: new Date(at.getTime() + HOLD_MS) };
    const { state, granted } = await indexState.hold(holder, at);
    if (!granted) throw heldByAnother(state);
    renewAt = at.getTime() + RENEW_AFTER_MS;
    return state;
  }

  /** By reading alone: who waits for another process to go asks often. */
  async function refuseWhileHeld(at: Date): Promise<void> {
    const other = (await indexState.holders(at)).find((holder) => holder.fingerprint !== fingerprint);
    if (other !== undefined) throw heldByAnother(other);
  }

  function isUsable(state: IndexState | undefined): state is IndexState {
    return state?.fingerprint === fingerprint && state.phase !== "clearing";
  }

  function heldByAnother(other: { readonly fingerprint: string }): AppError {
    return new AppError("unavailable", messageOf(other.fingerprint), {
      held: other.fingerprint,
      fingerprint,
    });
  }

  function messageOf(held: string): string {
    return held === fingerprint
      ? "Another process is clearing the search index for this embedding model. Try again in a moment."
      : `The search index holds the vectors of ${held}, and another process fills it with these; this one has ${fingerprint}. ` +
          "Give both the same embedder and index settings, or stop the other: then this one builds the index anew.";
  }

  return {
    async obstacle() {
      const state = await indexState.get();
      if (state === undefined) return undefined;
      if (state.fingerprint === fingerprint) {
        return state.phase === "ready"
          ? undefined
          : "The search index is being built for this embedding model.";
      }
      const others = await indexState.holders(now());
      return others.some((other) => other.fingerprint !== fingerprint)
        ? messageOf(state.fingerprint)
        : `The search index holds the vectors of ${state.fingerprint}; this program has ${fingerprint}. \`promptforge serve\` builds it anew.`;
    },

    async prepare() {
      const state = await hold();
      if (state.phase !== "clearing") return;
      log.info({ to: fingerprint }, "building the search index anew; search goes by words meanwhile");
      await searchIndex.reset();
      // Where another was faster, the next step goes by what it left.
      await indexState.rebuild(state, "building");
    },

    async requireHold() {
      const state = await indexState.get();
      if (isUsable(state) && now().getTime() < renewAt + HOLD_MS - RENEW_AFTER_MS) return;
      await hold();
    },

    async finish() {
      const state = await indexState.get();
      if (state?.fingerprint !== fingerprint || state.phase !== "building") return;
      if (!indexingIsDone(await storage.outbox.counts())) return;
      if (await indexState.advance(state, "ready")) log.info({ fingerprint }, "the search index is complete");
    },

    async rebuild() {
      for (let left = ATTEMPTS; left > 0; left--) {
        const state = await hold();
        // What was complete stays in use; what was being built still is. What is to be cleared is listed by whoever clears it.
        if (state.phase === "clearing" || (await indexState.rebuild(state, state.phase))) return;
      }
      throw new AppError("unavailable", "The state of the search index changes all the time. Try again.");
    },

    async release() {
      if (renewAt === 0) return;
      renewAt = 0;
      await indexState.release(id);
    },
  };
}

/** Whether nothing is left but what is buried. */
export function indexingIsDone({ first, rest, buried }: OutboxCounts): boolean {
  return first + rest === buried;
}
