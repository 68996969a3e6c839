import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Storage } from "../../src/domain/ports/storage.ts";
import type { SearchRecord } from "../../src/domain/search-history.ts";
import { at, type Founded, found, join, type OpenStorage } from "./fixtures.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const EVERYTHING = { limit: 100 };

export function searchHistoryContract(open: OpenStorage): void {
  it("keeps a search as it was, filters, hits and all", async () => {
    const storage = await open();
    const ann = await found(storage);
    const search = newSearch(ann, {
      query: "naïve 'quotes' \u{1f600}",
      filters: { tag: "mail", after: 7, labels: ["a", "b"] },
      hits: 12,
      top: [{ id: "p1", name: "mail/reply" }],
      opened: [{ id: "p1", name: "mail/reply", at: at(5) }],
    });
    await insert(storage, ann, search, newSearch(ann));
    expect(await list(storage, ann)).toContainEqual(search);
  });

  it("gives a user's searches newest first, page by page, those of one moment once each", async () => {
    const storage = await open();
    const ann = await found(storage);
    const times = [3, 1, 2, 2, 2, 2, 5, 4];
    await insert(storage, ann, ...times.map((ms) => newSearch(ann, { at: at(ms) })));

    const seen = await list(storage, ann, { limit: 3 });
    for (let after = seen.at(-1); after !== undefined; ) {
      const page = await list(storage, ann, { limit: 3, after });
      seen.push(...page);
      after = page.at(-1);
    }
    expect(seen.map((search) => search.at)).toEqual([5, 4, 3, 2, 2, 2, 2, 1].map(at));
    expect(new Set(seen.map(({ id }) => id)).size).toBe(8);
    expect(await list(storage, ann, { limit: 9, since: at(4) })).toHaveLength(2);
  });

  it("keeps a search once that is written twice", async () => {
    const storage = await open();
    const ann = await found(storage);
    const search = newSearch(ann);
    await insert(storage, ann, search);
    await insert(storage, ann, search);
    expect(await list(storage, ann)).toEqual([search]);
  });

  it("marks what was opened, each prompt once and in that order", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [search, other] = [newSearch(ann), newSearch(ann)];
    await insert(storage, ann, search, other);
    const first = { id: "p1", name: 'a "name"', at: at(1) };
    const second = { id: "p2", name: "b", at: at(2) };
    await storage.tenant(ann.tenantId).write(async ({ history }) => {
      for (const prompt of [first, second, { ...first, at: at(3) }]) {
        await history.markOpened(search.id, prompt);
      }
      await history.markOpened(randomUUID(), first);
    });
    const opened = new Map((await list(storage, ann)).map(({ id, opened }) => [id, opened]));
    expect(opened.get(search.id)).toEqual([first, second]);
    expect(opened.get(other.id)).toEqual([]);
  });

  it("keeps none of who switched it off, until it is on again", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const tenant = storage.tenant(ann.tenantId);
    expect(await tenant.read(({ history }) => history.isEnabled(ann.userId))).toBe(true);
    await tenant.write(({ history }) => history.setEnabled(ann.userId, false));
    expect(await tenant.read(({ history }) => history.isEnabled(ann.userId))).toBe(false);
    await insert(storage, ann, newSearch(ann), newSearch(bob));
    expect(await list(storage, ann)).toEqual([]);
    expect(await list(storage, bob)).toHaveLength(1);

    await tenant.write(({ history }) => history.setEnabled(ann.userId, true));
    await insert(storage, ann, newSearch(ann));
    expect(await list(storage, ann)).toHaveLength(1);
  });

  it("drops the searches of who has left, and their history with the membership", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    await insert(storage, ann, newSearch(bob));
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(({ members }) => members.remove(bob.userId));
    expect(await list(storage, bob)).toEqual([]);
    await insert(storage, ann, newSearch(bob), newSearch(ann));
    expect(await list(storage, bob)).toEqual([]);
    expect(await list(storage, ann)).toHaveLength(1);
    expect(await tenant.read(({ history }) => history.isEnabled(bob.userId))).toBe(false);
  });

  it("clears one user's alone, and says how many", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    await insert(storage, ann, newSearch(ann), newSearch(ann), newSearch(bob));
    const tenant = storage.tenant(ann.tenantId);
    expect(await tenant.write(({ history }) => history.clear(ann.userId))).toBe(2);
    expect(await tenant.write(({ history }) => history.clear(ann.userId))).toBe(0);
    expect(await list(storage, bob)).toHaveLength(1);
  });

  it("deletes what is older than a time, of everybody in the tenant", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const searches = [1, 2, 3].flatMap((ms) => [ann, bob].map((own) => newSearch(own, { at: at(ms) })));
    await insert(storage, ann, ...searches);
    await storage.tenant(ann.tenantId).write(({ history }) => history.deleteBefore(at(2)));
    for (const own of [ann, bob]) {
      expect((await list(storage, own)).map((search) => search.at)).toEqual([at(3), at(2)]);
    }
  });

  it("counts by day and user, page by page, and knows what found nothing", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const bob = await join(storage, ann.tenantId, "viewer");
    await insert(
      storage,
      ann,
      newSearch(ann, { at: at(0), hits: 0 }),
      newSearch(ann, { at: at(1), hits: 3 }),
      newSearch(bob, { at: at(2), hits: 0 }),
      newSearch(ann, { at: at(DAY_MS) }),
      newSearch(ann, { at: at(-DAY_MS) }),
    );
    const [day1, day2] = ["2023-11-14", "2023-11-15"];
    const expected = [
      { day: day2, username: "ann", searches: 1, withoutHits: 0 },
      { day: day1, username: "ann", searches: 2, withoutHits: 1 },
      { day: day1, username: bob.username, searches: 1, withoutHits: 1 },
    ];
    const count = (limit: number, after?: { day: string; username: string }) =>
      storage.tenant(ann.tenantId).read(({ history }) => history.countByUser({ limit, since: at(0), after }));
    expect(await count(9)).toEqual(expected);
    expect(await count(2)).toEqual(expected.slice(0, 2));
    expect(await count(2, expected[1])).toEqual(expected.slice(2));
    expect(await count(2, expected[0])).toEqual(expected.slice(1));
  });

  it("keeps tenants apart, also where the ids are the same", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const id = randomUUID();
    await insert(storage, ann, newSearch(ann, { id, query: "ann's" }));
    await insert(storage, bob, newSearch(bob, { id, query: "bob's" }));
    await storage.tenant(ann.tenantId).write(async ({ history }) => {
      await history.markOpened(id, { id: "p", name: "p", at: at(1) });
      await history.setEnabled(bob.userId, false);
      await history.insertMany([newSearch(bob)]);
      expect(await history.list(bob.userId, EVERYTHING)).toEqual([]);
      expect(await history.countByUser({ limit: 9, since: at(0) })).toMatchObject([
        { username: ann.username, searches: 1 },
      ]);
      expect(await history.clear(bob.userId)).toBe(0);
      await history.deleteBefore(at(DAY_MS));
    });
    expect(await list(storage, ann)).toEqual([]);
    expect(await list(storage, bob)).toMatchObject([{ query: "bob's", opened: [] }]);
    expect(await storage.tenant(bob.tenantId).read(({ history }) => history.isEnabled(bob.userId))).toBe(
      true,
    );
  });
}

export function newSearch(own: Founded, fields: Partial<SearchRecord> = {}): SearchRecord {
  return {
    id: randomUUID(),
    userId: own.userId,
    at: at(0),
    query: "a query",
    filters: {},
    hits: 1,
    top: [],
    opened: [],
    ...fields,
  };
}

async function insert(
  storage: Storage,
  { tenantId }: Founded,
  ...searches: readonly SearchRecord[]
): Promise<void> {
  await storage.tenant(tenantId).write(({ history }) => history.insertMany(searches));
}

function list(storage: Storage, own: Founded, page = EVERYTHING as object): Promise<SearchRecord[]> {
  return storage
    .tenant(own.tenantId)
    .read(({ history }) => history.list(own.userId, { ...EVERYTHING, ...page }));
}
