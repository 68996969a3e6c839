import { expect, it } from "vitest";
import type { OutboxEntry } from "../../src/domain/ports/outbox.ts";
import type { Storage } from "../../src/domain/ports/storage.ts";
import {
  advance,
  archive,
  at,
  claim,
  type Founded,
  found,
  newPrompt,
  type OpenStorage,
  store,
} from "./fixtures.ts";

/** Longer than any test. */
const LEASE = 3_600_000;

export function outboxContract(open: OpenStorage): void {
  it("hands out changed prompts in the order of their changes, each to one", async () => {
    const storage = await open();
    const ann = await found(storage);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push((await store(storage, ann)).id);

    const claims = await Promise.all([2, 2, 2].map((limit) => claim(storage, limit, LEASE)));
    const turns = claims.map((claimed) => claimed.map(({ promptId }) => ids.indexOf(promptId)));
    // Whoever asks at once may be first; what each gets is in order.
    for (const turn of turns) expect(turn).toEqual(turn.toSorted());
    expect(turns.flat().toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(claims[0]?.[0]).toMatchObject({ tenantId: ann.tenantId, stage: "first", attempts: 0 });
    expect(await claim(storage, 9, LEASE)).toEqual([]);
  });

  it("hands an entry out again when its lease has ended", async () => {
    const storage = await open();
    const { id } = await store(storage, await found(storage));
    await claim(storage, 1, 0);
    expect((await claim(storage, 1, LEASE)).map(({ promptId }) => promptId)).toEqual([id]);
    expect(await claim(storage, 1, LEASE)).toEqual([]);
  });

  it("gives all first chunks their turn before the rest of any", async () => {
    const storage = await open();
    const ann = await found(storage);
    const long = await store(storage, ann);
    await advance(storage, await claim(storage, 1, LEASE));
    const newer = await store(storage, ann);

    const entries = await claim(storage, 9, LEASE);
    expect(entries.map(({ promptId, stage }) => [promptId, stage])).toEqual([
      [newer.id, "first"],
      [long.id, "rest"],
    ]);
    expect(await storage.outbox.counts()).toEqual({ first: 1, rest: 1, failing: 0, buried: 0 });
  });

  it("remembers how far a long prompt has come, and begins anew when it changes", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const [entry] = await claim(storage, 1, LEASE);
    expect(entry).toMatchObject({ stage: "first", position: 0 });
    await storage.outbox.advance([{ ...entry!, position: 17 }]);
    expect(await claim(storage, 1, LEASE)).toMatchObject([{ stage: "rest", position: 17 }]);
    await enqueue(storage, ann, id);
    expect(await claim(storage, 1, LEASE)).toMatchObject([{ stage: "first", position: 0 }]);
  });

  it("takes back what was not done, due at once and without counting it as a failure", async () => {
    const storage = await open();
    await store(storage, await found(storage));
    await storage.outbox.release(await claim(storage, 1, LEASE));
    expect(await claim(storage, 1, LEASE)).toMatchObject([{ attempts: 0 }]);
  });

  it("still tells of a prompt that is gone, until the index has heard of it or the tenant is gone, too", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, two] = [await store(storage, ann), await store(storage, ann)];
    await storage.outbox.complete(await claim(storage, 9, 0));
    for (const { id } of [one, two]) {
      await storage.tenant(ann.tenantId).write(async ({ enqueueIndexing, prompts }) => {
        await enqueueIndexing(id);
        await prompts.remove(id);
      });
    }
    expect(await storage.tenant(ann.tenantId).read((own) => own.countPending())).toBe(0);
    const [entry] = await claim(storage, 1, LEASE);
    expect(entry).toMatchObject({ promptId: one.id, stage: "first" });
    await storage.outbox.complete([entry!]);
    expect(await storage.outbox.counts()).toMatchObject({ first: 1 });
    await storage.directory.write(({ removeTenant }) => removeTenant(ann.tenantId));
    expect(await storage.outbox.counts()).toMatchObject({ first: 0 });
  });

  it("drops what is done", async () => {
    const storage = await open();
    await store(storage, await found(storage));
    await storage.outbox.complete(await claim(storage, 1, 0));
    expect(await claim(storage, 1, LEASE)).toEqual([]);
    expect(await storage.outbox.counts()).toEqual({ first: 0, rest: 0, failing: 0, buried: 0 });
  });

  it("hands out nothing that is buried, tells of it, and digs it up when its prompt changes", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const [entry] = await claim(storage, 1, LEASE);
    await storage.outbox.bury(entry!, "no good");
    expect(await claim(storage, 9, LEASE)).toEqual([]);
    expect(await storage.outbox.counts()).toEqual({ first: 1, rest: 0, failing: 1, buried: 1 });
    expect(await storage.outbox.deadLetters(9)).toEqual([
      { tenantId: ann.tenantId, promptId: id, attempts: 1, reason: "no good" },
    ]);
    await enqueue(storage, ann, id);
    expect(await claim(storage, 9, LEASE)).toHaveLength(1);
    expect(await storage.outbox.deadLetters(9)).toEqual([]);
  });

  it("lists every prompt that is not archived when the index is to be built anew", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [kept, done, away] = [
      await store(storage, ann),
      await store(storage, ann),
      await store(storage, ann),
    ];
    await archive(storage, ann.tenantId, away);
    await storage.outbox.complete(await claim(storage, 9, LEASE));
    const stale = await claim(storage, 9, 0);
    expect(stale).toEqual([]);
    const state = await ready(storage);
    expect(await storage.indexState.rebuild(state, "building")).toBe(true);
    const listed = await claim(storage, 9, LEASE);
    expect(listed.map(({ promptId }) => promptId).sort()).toEqual([kept.id, done.id].sort());
  });

  it("does not list them again for whoever went by an older state", async () => {
    const storage = await open();
    const state = await ready(storage);
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => storage.indexState.rebuild(state, "building")),
    );
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await storage.indexState.advance(state, "ready")).toBe(false);
    const building = await storage.indexState.get();
    expect(building).toMatchObject({ fingerprint: "model/1", phase: "building" });
    expect(await storage.indexState.advance(building!, "ready")).toBe(true);
  });

  it("keeps a change that came while the one before was in work", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const stale = await claim(storage, 1, LEASE);
    await enqueue(storage, ann, id);

    await storage.outbox.complete(stale);
    await advance(storage, stale);
    await storage.outbox.retry(stale[0]!, LEASE, "too late");
    const [entry] = await claim(storage, 1, LEASE);
    expect(entry).toMatchObject({ promptId: id, stage: "first", attempts: 0 });
    expect(entry?.generation).not.toBe(stale[0]?.generation);
  });

  it("never gives a generation twice, even when an entry was done and dropped in between", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const seen: OutboxEntry[] = [];
    for (let n = 0; n < 5; n++) {
      const claimed = await claim(storage, 1, LEASE);
      await storage.outbox.complete(claimed);
      seen.push(...claimed);
      await enqueue(storage, ann, id);
    }
    expect(new Set(seen.map(({ generation }) => generation)).size).toBe(5);
    await storage.outbox.complete(seen);
    expect(await storage.outbox.counts()).toMatchObject({ first: 1 });
  });

  it("starts a prompt anew when it changes while its rest is waiting", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    await advance(storage, await claim(storage, 1, LEASE));
    await enqueue(storage, ann, id);
    expect(await claim(storage, 9, LEASE)).toMatchObject([{ promptId: id, stage: "first" }]);
  });

  it("holds a failed entry back, counts its attempts, and forgets them at the next change", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const [first] = await claim(storage, 1, LEASE);
    await storage.outbox.retry(first!, 0, "the model is busy");
    const [second] = await claim(storage, 1, LEASE);
    expect(second?.attempts).toBe(1);
    await storage.outbox.retry(second!, LEASE, "x".repeat(100_000));

    expect(await claim(storage, 1, LEASE)).toEqual([]);
    expect(await storage.outbox.counts()).toEqual({ first: 1, rest: 0, failing: 1, buried: 0 });
    await enqueue(storage, ann, id);
    expect(await storage.outbox.counts()).toEqual({ first: 1, rest: 0, failing: 0, buried: 0 });
    expect(await claim(storage, 1, LEASE)).toMatchObject([{ promptId: id, attempts: 0 }]);
  });

  it("does nothing for an empty list", async () => {
    const storage = await open();
    await storage.outbox.complete([]);
    expect(await claim(storage, 0, LEASE)).toEqual([]);
  });

  it("counts as pending what no search by meaning can find yet", async () => {
    const storage = await open();
    const ann = await found(storage);
    const pending = () => storage.tenant(ann.tenantId).read((tenant) => tenant.countPending());
    await store(storage, ann);
    await archive(storage, ann.tenantId, await store(storage, ann));
    await store(storage, await found(storage));
    expect(await pending()).toBe(1);

    await advance(storage, await claim(storage, 9, LEASE));
    expect(await pending()).toBe(0);
  });

  it("refuses to index a prompt that is not stored", async () => {
    const storage = await open();
    const ann = await found(storage);
    await expect(enqueue(storage, ann, newPrompt(ann).id)).rejects.toThrow("not stored");
  });
}

async function enqueue(storage: Storage, { tenantId }: Founded, promptId: string): Promise<void> {
  await storage.tenant(tenantId).write((tenant) => tenant.enqueueIndexing(promptId));
}

/** The state of an index that a process fills. */
async function ready(storage: Storage) {
  const holder = { id: "a", fingerprint: "model/1", expiresAt: at(1) };
  const { state } = await storage.indexState.hold(holder, at(0));
  expect(state).toMatchObject({ fingerprint: "model/1", phase: "ready" });
  return state;
}
