import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { type Actor, localCall } from "../../src/domain/identity.ts";
import { permissionsOf } from "../../src/domain/roles.ts";
import { createCursors } from "../../src/security/cursors.ts";
import { createRetention } from "../../src/services/retention.ts";
import { createSearchHistoryService } from "../../src/services/search-history.ts";
import type { SqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { found } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

let storage: SqliteStorage;
let caller: Actor;
let failures: unknown[];
let outage: AppError | undefined;

beforeEach(async () => {
  storage = await openTemp();
  caller = await member();
  failures = [];
  outage = undefined;
});
afterEach(() => {
  vi.useRealTimers();
});

async function member(): Promise<Actor> {
  const own = await found(storage);
  const permissions = permissionsOf("admin");
  const call = localCall("test");
  return { ...own, tenantName: "t", role: "admin", permissions, credential: "access_token", call };
}

/** A history over a storage whose writes fail as long as there is an `outage`. */
function openHistory(options: { readonly retentionDays?: number; readonly now?: () => Date } = {}) {
  const history = createSearchHistoryService({
    storage: {
      ...storage,
      tenant: (tenantId) => ({
        read: storage.tenant(tenantId).read,
        write: (work) => (outage ? Promise.reject(outage) : storage.tenant(tenantId).write(work)),
      }),
    },
    cursors: createCursors({ secret: new Uint8Array(32) }),
    now: () => new Date(),
    retentionDays: 90,
    onFailure: (reason) => failures.push(reason),
    ...options,
  });
  onTestFinished(() => history.close());
  return history;
}

type History = ReturnType<typeof openHistory>;

function searchFor(history: History, query: string): void {
  history.record(caller, { query, filters: {}, found: [] });
}

async function queriesOf(history: History): Promise<string[]> {
  return (await history.list(caller, { limit: 20 })).items.map(({ query }) => query);
}

function stored(of: Actor = caller) {
  return storage.tenant(of.tenantId).read(({ history }) => history.list(of.userId, { limit: 20_000 }));
}

describe("a search history whose storage fails", () => {
  it("keeps what it heard, and writes it once the storage is back", async () => {
    const history = openHistory();
    outage = new AppError("unavailable", "The disk is full.");
    searchFor(history, "first");
    expect(await queriesOf(history)).toEqual([]);
    expect(failures).toEqual([outage]);
    searchFor(history, "second");
    outage = undefined;
    expect((await queriesOf(history)).sort()).toEqual(["first", "second"]);
  });

  it("tries again by itself", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const history = openHistory();
    outage = new AppError("unavailable", "The disk is full.");
    searchFor(history, "patient");
    await history.flush();
    outage = undefined;
    vi.advanceTimersByTime(30_000);
    vi.useRealTimers();
    await expect.poll(() => stored(), { timeout: 30_000 }).toHaveLength(1);
  });

  it("does not bring back what its user has cleared meanwhile", async () => {
    const history = openHistory();
    outage = new AppError("unavailable", "The disk is full.");
    searchFor(history, "regretted");
    await history.flush();
    await expect(history.clear(caller)).rejects.toBe(outage);
    outage = undefined;
    expect(await queriesOf(history)).toEqual([]);
  });

  it("holds 10,000 searches and drops the oldest beyond", async () => {
    const history = openHistory();
    outage = new AppError("unavailable", "The disk is full.");
    for (let n = 0; n < 6_000; n++) searchFor(history, `${n}`);
    await history.flush();
    for (let n = 6_000; n < 10_050; n++) searchFor(history, `${n}`);
    outage = undefined;
    await history.flush();
    const queries = (await stored()).map(({ query }) => Number(query)).sort((a, b) => a - b);
    expect([queries.length, queries[0], queries.at(-1)]).toEqual([10_000, 50, 10_049]);
  });

  it("reports a fault without what was searched, and goes on", async () => {
    const history = openHistory();
    storage.database.writer.client.exec("alter table search_history rename to away");
    searchFor(history, "zanzibar");
    await history.flush();
    expect(failures).toHaveLength(1);
    expect(inspect(failures, { depth: 20, showHidden: true })).not.toContain("zanzibar");
    storage.database.writer.client.exec("alter table away rename to search_history");
    searchFor(history, "next");
    expect(await queriesOf(history)).toEqual(["next"]);
  });
});

describe("a search history", () => {
  it("writes many searches without being asked to", async () => {
    const history = openHistory();
    for (let n = 0; n < 100; n++) searchFor(history, `${n}`);
    await expect.poll(() => stored(), { timeout: 30_000 }).toHaveLength(100);
  });

  it("deletes what is too old after it has written, in every tenant", async () => {
    let time = Date.parse("2030-01-01T00:00:00Z");
    const history = openHistory({ retentionDays: 7, now: () => new Date(time) });
    const other = await member();
    history.record(other, { query: "old", filters: {}, found: [] });
    await history.flush();
    time += 7 * DAY_MS + 1;
    searchFor(history, "new");
    await history.flush();
    await expect.poll(() => stored(other), { timeout: 30_000 }).toEqual([]);
    expect(await stored()).toMatchObject([{ query: "new" }]);
  });

  it("looks for what is too old at most once an hour", async () => {
    let time = Date.parse("2030-01-01T00:00:00Z");
    const deps = {
      storage,
      now: () => new Date(time),
      onFailure: (reason: unknown) => failures.push(reason),
    };
    const history = openHistory({ ...deps, retentionDays: 7 });
    const retention = createRetention({
      ...deps,
      job: "test",
      retentionDays: 7,
      deleteBefore: ({ history }, at) => history.deleteBefore(at),
    });
    onTestFinished(() => retention.close());
    searchFor(history, "old");
    await history.flush();
    time += 7 * DAY_MS - HOUR_MS / 2;
    await retention.prune();
    time += HOUR_MS - 1;
    await retention.prune();
    expect(await stored()).toHaveLength(1);
    time += 1;
    await retention.prune();
    expect(await stored()).toEqual([]);
    expect(failures).toEqual([]);
  });

  it("deletes everything where none is to be kept, though nothing is searched", async () => {
    const before = openHistory();
    searchFor(before, "kept so far");
    await before.flush();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    openHistory({ retentionDays: 0, now: () => new Date(Date.now() + 1) });
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await expect.poll(() => stored(), { timeout: 30_000 }).toEqual([]);
  });
});
