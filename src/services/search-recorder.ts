import { randomUUID } from "node:crypto";
import { setImmediate as otherWork } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { type FoundPrompt, KEPT_HITS, type SearchRecord } from "../domain/search-history.ts";
import { type Opening, searchesOf } from "./opened-prompts.ts";
import { createWriteLater } from "./write-later.ts";

/** Entries are written so long after the first one … */
const WRITE_AFTER_MS = 1_000;
/** … or as soon as there are so many. */
const BATCH = 100;
/** A storage that was not available is tried again so much later. */
const RETRY_AFTER_MS = 30_000;
/** How many searches, and how many openings, may wait to be written; beyond it the oldest is dropped. */
const CAPACITY = 10_000;

type Searcher = Pick<Caller, "tenantId" | "userId">;

export interface AnsweredSearch {
  readonly query: string;
  readonly filters: Readonly<Record<string, unknown>>;
  /** Best first. */
  readonly found: readonly FoundPrompt[];
}

interface HeldSearch extends SearchRecord {
  readonly tenantId: string;
}

interface HeldOpening extends Opening {
  readonly tenantId: string;
}

/**
 * Takes down searches and what is opened after them. It must never slow or fail the call that it hears of: entries are
 * held in memory and written in batches, and what cannot be written is reported and, in the end, lost.
 */
export function createSearchRecorder(deps: {
  readonly storage: Storage;
  readonly now: () => Date;
  /** Hears that searches were written. */
  readonly onWritten: () => void;
  /** Hears why something could not be written. */
  readonly onFailure: (reason: unknown) => void;
}) {
  const { storage, now, onWritten, onFailure } = deps;
  let searches: HeldSearch[] = [];
  const openings = new Map<string, HeldOpening>();
  const later = createWriteLater(writeHeld);

  return {
    record({ tenantId, userId }: Searcher, { query, filters, found }: AnsweredSearch): void {
      searches.push({
        tenantId,
        id: randomUUID(),
        userId,
        at: now(),
        query,
        filters,
        hits: found.length,
        top: found.slice(0, KEPT_HITS).map(({ id, name }) => ({ id, name })),
        opened: [],
      });
      if (searches.length > CAPACITY) searches.shift();
      if (searches.length === BATCH) later.in(0);
      else later.within(WRITE_AFTER_MS);
    },

    opened({ tenantId, userId }: Searcher, { id, name }: FoundPrompt): void {
      const key = `${tenantId}/${userId}/${id}`;
      // Taken out first, so that the map stays in the order of time.
      openings.delete(key);
      openings.set(key, { tenantId, userId, prompt: { id, name, at: now() } });
      const [oldest] = openings.keys();
      if (openings.size > CAPACITY && oldest !== undefined) openings.delete(oldest);
      later.within(WRITE_AFTER_MS);
    },

    /** Drops what is not written yet of one user. */
    forget({ tenantId, userId }: Searcher): void {
      searches = searches.filter((search) => search.tenantId !== tenantId || search.userId !== userId);
      for (const [key, opening] of openings) {
        if (opening.tenantId === tenantId && opening.userId === userId) openings.delete(key);
      }
    },

    flush: later.flush,
    close: later.close,
  };

  /** Writes what was heard so far. Never rejects. */
  async function writeHeld(): Promise<void> {
    const searched = Map.groupBy(searches, ({ tenantId }) => tenantId);
    const opened = Map.groupBy(openings.values(), ({ tenantId }) => tenantId);
    searches = [];
    openings.clear();
    const failures: unknown[] = [];
    for (const tenantId of new Set([...searched.keys(), ...opened.keys()])) {
      const own = searched.get(tenantId) ?? [];
      try {
        // One after the other: an opening may be of a search that is only written here.
        await writeSearches(tenantId, own);
        await writeOpenings(tenantId, opened.get(tenantId) ?? []);
      } catch (error) {
        failures.push(error);
        if (error instanceof AppError && error.code === "unavailable") putBack(own);
      }
      // A write keeps the thread for as long as the disk takes.
      await otherWork();
    }
    if (failures.length > 0) onFailure(failures[0]);
    else if (searched.size > 0) onWritten();
  }

  function putBack(own: readonly HeldSearch[]): void {
    searches = [...own, ...searches].slice(-CAPACITY);
    if (searches.length > 0) later.in(RETRY_AFTER_MS);
  }

  async function writeSearches(tenantId: string, own: readonly HeldSearch[]): Promise<void> {
    if (own.length === 0) return;
    const records = own.map(({ tenantId: _tenant, ...search }) => search);
    await storage.tenant(tenantId).write(({ history }) => history.insertMany(records));
  }

  async function writeOpenings(tenantId: string, own: readonly Opening[]): Promise<void> {
    if (own.length === 0) return;
    const tenant = storage.tenant(tenantId);
    // Most prompts are opened without a search: that is found out without the lock of a write.
    const found = await tenant.read(({ history }) => searchesOf(history, own));
    if (found.length === 0) return;
    await tenant.write(async ({ history }) => {
      for (const { searchId, prompt } of found) await history.markOpened(searchId, prompt);
    });
  }
}
