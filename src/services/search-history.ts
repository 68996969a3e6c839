import { AppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { FoundPrompt, SearchCount, SearchRecord } from "../domain/search-history.ts";
import { audit } from "./audit.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import { createRetention } from "./retention.ts";
import { type AnsweredSearch, createSearchRecorder } from "./search-recorder.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export type SearchHistoryService = ReturnType<typeof createSearchHistoryService>;

/** What members searched: each sees, clears and switches off their own; of the others an admin sees counts. */
export function createSearchHistoryService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly now: () => Date;
  /** For how long searches are kept; with 0 none are. */
  readonly retentionDays: number;
  /** Hears why something could not be written or deleted: no caller does. */
  readonly onFailure: (reason: unknown) => void;
}) {
  const { storage, cursors, now } = deps;
  const retention = createRetention({
    ...deps,
    job: "prune search history",
    deleteBefore: ({ history }, at) => history.deleteBefore(at),
  });
  const recorder = createSearchRecorder({ ...deps, onWritten: retention.prune });

  return {
    record(caller: Caller, search: AnsweredSearch): void {
      if (!retention.keepsNothing) recorder.record(caller, search);
    },

    /** Says that a prompt was read or rendered, whether or not a search had found it. */
    opened(caller: Caller, prompt: FoundPrompt): void {
      if (!retention.keepsNothing) recorder.opened(caller, prompt);
    },

    /** Writes what was recorded so far. Never rejects. */
    flush: recorder.flush,

    async close(): Promise<void> {
      await recorder.close();
      await retention.close();
    },

    /** The caller's own searches, newest first. */
    async list(caller: Caller, request: PageRequest): Promise<Page<SearchRecord> & { enabled: boolean }> {
      await recorder.flush();
      const scope = {
        tenantId: caller.tenantId,
        query: { operation: "get_search_history", user: caller.userId },
      };
      if (retention.keepsNothing) return { enabled: false, items: [], next_cursor: null };
      return storage.tenant(caller.tenantId).read(async ({ history }) => {
        const page = await pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            history.list(caller.userId, {
              limit,
              // What is too old is not shown either before it is deleted.
              since: retention.since(),
              after: after && { at: new Date(Number(after.key)), id: after.id },
            }),
          positionOf: ({ at, id }) => ({ key: at.getTime(), id }),
        });
        return { enabled: await history.isEnabled(caller.userId), ...page };
      });
    },

    /** Deletes the caller's own searches; gives how many there were. */
    async clear(caller: Actor): Promise<number> {
      await recorder.flush();
      // What could not be written just now must not come back later.
      recorder.forget(caller);
      return storage.tenant(caller.tenantId).write(async (store) => {
        const cleared = await store.history.clear(caller.userId);
        await audit(store, caller, { target: ownHistory(caller), details: { searches: cleared } });
        return cleared;
      });
    },

    /** Whether the caller's searches are kept from now on. Throws `conflict` where the server keeps nobody's. */
    async setEnabled(caller: Actor, enabled: boolean): Promise<void> {
      if (enabled && retention.keepsNothing) {
        throw new AppError(
          "conflict",
          "Search history is switched off for the whole server. Ask its operator (PROMPTFORGE_SEARCH_HISTORY_DAYS).",
        );
      }
      // Searches count by the setting that they were made under.
      await recorder.flush();
      await storage.tenant(caller.tenantId).write(async (store) => {
        await store.history.setEnabled(caller.userId, enabled);
        await audit(store, caller, { target: ownHistory(caller), details: { enabled } });
      });
    },

    /** How much each member searched on each of the last days (UTC, today included): of what is kept, and no queries. */
    async counts(
      caller: Caller,
      { days, ...request }: PageRequest & { readonly days: number },
    ): Promise<Page<SearchCount>> {
      await recorder.flush();
      const scope = { tenantId: caller.tenantId, query: { operation: "get_search_counts", days } };
      if (retention.keepsNothing) return { items: [], next_cursor: null };
      const today = Math.floor(now().getTime() / DAY_MS) * DAY_MS;
      const since = Math.max(today - (days - 1) * DAY_MS, retention.since().getTime());
      return storage.tenant(caller.tenantId).read(({ history }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            history.countByUser({
              limit,
              since: new Date(since),
              after: after && { day: String(after.key), username: after.id },
            }),
          positionOf: ({ day, username }) => ({ key: day, id: username }),
        }),
      );
    },
  };
}

function ownHistory({ userId }: Caller) {
  return { kind: "search_history", id: userId };
}
