import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Storage } from "../../src/domain/ports/storage.ts";
import type { ClaimedDelivery, ClaimLimits } from "../../src/domain/ports/webhooks.ts";
import type { Delivery, Webhook } from "../../src/domain/webhooks.ts";
import { at, type Founded, found, newKey, type OpenStorage } from "./fixtures.ts";

export function newWebhook(maker: Founded, fields: Partial<Webhook> = {}): Webhook {
  return {
    id: randomUUID(),
    url: "https://example.com/hook",
    description: "For the tests",
    events: ["label.set", "prompt.created"],
    label: "production",
    folder: "support",
    secret: "sealed",
    retiring: { secret: "sealed before", until: at(5) },
    createdById: maker.userId,
    keyId: undefined,
    createdAt: at(0),
    off: undefined,
    failures: 0,
    failingSince: undefined,
    ...fields,
  };
}

export function newDelivery(webhookId: string, by: Founded, fields: Partial<Delivery> = {}): Delivery {
  return {
    id: randomUUID(),
    webhookId,
    event: {
      id: randomUUID(),
      type: "label.set",
      at: at(1),
      actor: { id: by.userId, username: by.username },
      facts: { prompt: { id: "p", name: "support/triage" }, version: 2, label: "production" },
    },
    state: "waiting",
    createdAt: at(1),
    dueAt: at(1),
    attempts: 0,
    last: undefined,
    ...fields,
  };
}

const ALL: ClaimLimits = { without: [], failing: true };
const succeeded = {
  state: "delivered",
  dueAt: undefined,
  attempts: 1,
  last: { at: at(3), milliseconds: 12, status: 200, failure: undefined, answer: "ok" },
  webhook: { off: undefined, failures: 0, failingSince: undefined },
} as const;

/** Stores a webhook with deliveries. */
async function store(
  storage: Storage,
  maker: Founded,
  webhook: Webhook,
  deliveries: readonly Delivery[] = [],
): Promise<void> {
  await storage.tenant(maker.tenantId).write(async ({ webhooks }) => {
    await webhooks.insert(webhook);
    for (const delivery of deliveries) await webhooks.addDelivery(delivery);
  });
}

/** What a tenant's own store has to show. */
export function webhookContract(open: OpenStorage): void {
  it("keeps a webhook and a delivery as they are", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { read, write } = storage.tenant(ann.tenantId);
    const webhook = newWebhook(ann, { off: { at: at(2), reason: "Why" }, failures: 3, failingSince: at(1) });
    const { webhook: _after, ...outcome } = succeeded;
    const delivery = newDelivery(webhook.id, ann, { ...outcome, createdAt: at(2) });
    const bare = newWebhook(ann, {
      events: undefined,
      label: undefined,
      folder: undefined,
      retiring: undefined,
    });
    const system = newDelivery(bare.id, ann, { event: { ...delivery.event, actor: undefined } });
    await store(storage, ann, webhook, [delivery]);
    await store(storage, ann, bare, [system]);
    const facts = { createdBy: ann.username, keyEnded: false };
    expect(await read(({ webhooks }) => webhooks.find(webhook.id, at(0)))).toEqual({
      ...webhook,
      ...facts,
      waiting: 0,
    });
    expect(await read(({ webhooks }) => webhooks.find(bare.id, at(0)))).toEqual({
      ...bare,
      ...facts,
      waiting: 1,
    });
    expect(await read(({ webhooks }) => webhooks.findDelivery(delivery.id))).toEqual(delivery);
    expect(await read(({ webhooks }) => webhooks.findDelivery(system.id))).toEqual(system);
    const changed = {
      ...bare,
      url: "https://example.com/other",
      failures: 1,
      off: { at: at(9), reason: "x" },
    };
    await write(({ webhooks }) => webhooks.update(changed));
    expect(await read(({ webhooks }) => webhooks.find(bare.id, at(0)))).toMatchObject(changed);
    expect(await read(({ webhooks }) => webhooks.find(webhook.id, at(0)))).toMatchObject(webhook);
    expect(await read(({ webhooks }) => webhooks.find("nobody's", at(0)))).toBeUndefined();
    expect(await read(({ webhooks }) => webhooks.findDelivery("nobody's"))).toBeUndefined();
  });

  it("lists webhooks and deliveries newest first, ties by id, page by page, and by state", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { read } = storage.tenant(ann.tenantId);
    const deliveries = [
      newDelivery("c", ann, { id: "3", createdAt: at(2) }),
      newDelivery("c", ann, { id: "2", createdAt: at(1) }),
      newDelivery("c", ann, { id: "1", createdAt: at(1), state: "dead", dueAt: undefined }),
    ];
    await store(storage, ann, newWebhook(ann, { id: "c", createdAt: at(2) }), deliveries);
    await store(storage, ann, newWebhook(ann, { id: "b", createdAt: at(1) }), [
      newDelivery("b", ann, { id: "9" }),
    ]);
    await store(storage, ann, newWebhook(ann, { id: "a", createdAt: at(1) }));
    const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
    expect(ids(await read(({ webhooks }) => webhooks.list(at(0), { limit: 2 })))).toEqual(["c", "b"]);
    const after = { id: "b", createdAt: at(1) };
    expect(ids(await read(({ webhooks }) => webhooks.list(at(0), { limit: 2, after })))).toEqual(["a"]);
    const log = (page: object) => read(({ webhooks }) => webhooks.listDeliveries("c", { limit: 2, ...page }));
    expect(ids(await log({}))).toEqual(["3", "2"]);
    expect(ids(await log({ after: { id: "2", createdAt: at(1) } }))).toEqual(["1"]);
    expect(ids(await log({ state: "dead" }))).toEqual(["1"]);
    expect(await read(({ webhooks }) => webhooks.countWaiting("c", 9))).toBe(2);
    expect(await read(({ webhooks }) => webhooks.countWaiting("c", 1))).toBe(1);
  });

  it("names those that listen: neither off nor ended with the key that made them", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { read, write } = storage.tenant(ann.tenantId);
    const key = newKey(ann, { expiresAt: at(100) });
    await write(({ keys }) => keys.insert(key));
    await store(storage, ann, newWebhook(ann, { id: "on" }));
    await store(storage, ann, newWebhook(ann, { id: "off", off: { at: at(0), reason: "" } }));
    await store(storage, ann, newWebhook(ann, { id: "by a key", keyId: key.id }));
    await store(storage, ann, newWebhook(ann, { id: "by a key that is gone", keyId: "gone" }));
    const listening = async (time: Date) =>
      (await read(({ webhooks }) => webhooks.listening(time))).map(({ id }) => id).sort();
    const ended = async () => (await read(({ webhooks }) => webhooks.find("by a key", at(1))))?.keyEnded;
    expect(await listening(at(1))).toEqual(["by a key", "on"]);
    expect(await listening(at(100))).toEqual(["on"]);
    expect(await ended()).toBe(false);
    await write(({ keys }) => keys.revoke(key.id, at(1)));
    expect(await listening(at(1))).toEqual(["on"]);
    expect(await ended()).toBe(true);
  });

  it("removes a webhook with its deliveries, and no other", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { read, write } = storage.tenant(ann.tenantId);
    for (const id of ["a", "b"]) {
      await store(storage, ann, newWebhook(ann, { id }), [newDelivery(id, ann, { id: `of ${id}` })]);
    }
    await write(({ webhooks }) => webhooks.remove("a"));
    expect(await read(({ webhooks }) => webhooks.find("a", at(0)))).toBeUndefined();
    expect(await read(({ webhooks }) => webhooks.findDelivery("of a"))).toBeUndefined();
    expect(await read(({ webhooks }) => webhooks.findDelivery("of b"))).toBeDefined();
  });
}

/** What the queue of all tenants has to show. Two of them have the same ids. */
export function webhookQueueContract(open: OpenStorage): void {
  const claim = (storage: Storage, time: Date, limits = ALL, until = at(1000)) =>
    storage.directory.write(({ webhooks }) => webhooks.claim(time, until, limits));
  const isDue = (storage: Storage, time: Date, limits = ALL) =>
    storage.directory.read(({ webhooks }) => webhooks.isDue(time, limits));
  const settle = (storage: Storage, claimed: ClaimedDelivery | undefined, outcome: object = {}) =>
    storage.directory.write(({ webhooks }) => webhooks.settle(claimed!, { ...succeeded, ...outcome }));

  it("hands out the oldest of each webhook, one at a time, in the order of their changes", async () => {
    const storage = await open();
    const ann = await found(storage);
    const ids = ["1", "2", "3"];
    const webhook = newWebhook(ann);
    await store(
      storage,
      ann,
      webhook,
      ids.map((id) => newDelivery(webhook.id, ann, { id })),
    );
    expect(await isDue(storage, at(0))).toBe(false);
    for (const id of ids) {
      expect(await isDue(storage, at(1))).toBe(true);
      const claimed = await claim(storage, at(1));
      expect(claimed).toMatchObject({ tenantId: ann.tenantId, webhook, delivery: { id } });
      expect(await isDue(storage, at(1))).toBe(false);
      expect(await claim(storage, at(1))).toBeUndefined();
      expect(await settle(storage, claimed)).toBe(true);
    }
    expect(await isDue(storage, at(1))).toBe(false);
  });

  it("hands a delivery out again when its lease has ended, and takes one outcome of it", async () => {
    const storage = await open();
    const ann = await found(storage);
    const webhook = newWebhook(ann);
    await store(storage, ann, webhook, [newDelivery(webhook.id, ann)]);
    const first = await claim(storage, at(1), ALL, at(10));
    expect(await claim(storage, at(9))).toBeUndefined();
    const second = await claim(storage, at(10));
    expect(second?.delivery).toEqual(first?.delivery);
    expect(await settle(storage, second)).toBe(true);
    expect(await settle(storage, first)).toBe(false);
  });

  it("gives one back that was not made", async () => {
    const storage = await open();
    const ann = await found(storage);
    const webhook = newWebhook(ann);
    await store(storage, ann, webhook, [newDelivery(webhook.id, ann)]);
    const claimed = await claim(storage, at(1));
    await storage.directory.write(({ webhooks }) => webhooks.release(claimed!));
    expect(await claim(storage, at(1))).toEqual(claimed);
  });

  it("leaves out webhooks that are off, those whose key has ended, and tenants that are being deleted", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const key = newKey(ann);
    await storage.tenant(ann.tenantId).write(({ keys }) => keys.insert({ ...key, revokedAt: at(0) }));
    // The same key's id in another tenant, where it is good.
    await storage.tenant(bob.tenantId).write(({ keys }) => keys.insert({ ...newKey(bob), id: key.id }));
    await store(storage, ann, newWebhook(ann, { id: "key", keyId: key.id }), [newDelivery("key", ann)]);
    await store(storage, ann, newWebhook(ann, { id: "off", off: { at: at(0), reason: "" } }), [
      newDelivery("off", ann),
    ]);
    expect(await claim(storage, at(1))).toBeUndefined();
    await store(storage, bob, newWebhook(bob, { id: "ending", keyId: key.id }), [newDelivery("ending", bob)]);
    await storage.directory.write(({ setTenantEnd }) => setTenantEnd(bob.tenantId, at(9)));
    expect(await claim(storage, at(1))).toBeUndefined();
    await storage.directory.write(({ setTenantEnd }) => setTenantEnd(bob.tenantId, undefined));
    expect(await claim(storage, at(1))).toMatchObject({ tenantId: bob.tenantId });
  });

  it("passes over tenants that have their share, and webhooks that fail, where it is told to", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, newWebhook(ann, { id: "a" }), [newDelivery("a", ann)]);
    await store(storage, bob, newWebhook(bob, { id: "b", failures: 1 }), [
      newDelivery("b", bob, { dueAt: at(2) }),
    ]);
    const without = [ann.tenantId];
    expect(await isDue(storage, at(2), { without, failing: false })).toBe(false);
    expect(await claim(storage, at(2), { without, failing: false })).toBeUndefined();
    expect(await claim(storage, at(2), { without, failing: true })).toMatchObject({ webhook: { id: "b" } });
    expect(await claim(storage, at(2), { without: [], failing: false })).toMatchObject({
      webhook: { id: "a" },
    });
  });

  it("writes what came of an attempt to one delivery and its webhook, and to no tenant with the same ids", async () => {
    const storage = await open();
    const tenants = [await found(storage), await found(storage)];
    for (const [n, own] of tenants.entries()) {
      const deliveries = ["1", "2"].map((id) => newDelivery("w", own, { id, dueAt: at(n) }));
      await store(storage, own, newWebhook(own, { id: "w" }), deliveries);
    }
    const states = () =>
      Promise.all(
        tenants.map(({ tenantId }) =>
          storage.tenant(tenantId).read(async ({ webhooks }) => ({
            log: (await webhooks.listDeliveries("w", { limit: 9 })).map(({ id, state }) => `${id} ${state}`),
            webhook: await webhooks.find("w", at(0)),
          })),
        ),
      );
    const [, untouched] = await states();
    const claimed = await claim(storage, at(5));
    expect(claimed?.tenantId).toBe(tenants[0]!.tenantId);
    const webhook = { off: { at: at(3), reason: "Gone" }, failures: 4, failingSince: at(2) };
    const last = { at: at(3), milliseconds: 5, status: 500, failure: "Why", answer: "no" };
    await settle(storage, claimed, { state: "dead", last, webhook });
    const [changed, other] = await states();
    expect(changed).toMatchObject({ log: ["2 waiting", "1 dead"], webhook });
    expect(other).toEqual(untouched);
    // The other's is still to be had, twice.
    const second = await claim(storage, at(5));
    expect(second).toMatchObject({ tenantId: tenants[1]!.tenantId, delivery: { id: "1" } });
    await storage.directory.write(({ webhooks }) => webhooks.release(second!));
    expect(await claim(storage, at(5))).toEqual(second);
    await settle(storage, second);
    expect(await claim(storage, at(5))).toMatchObject({ delivery: { id: "2" } });
  });

  it("hands out each of two tenants' deliveries with the same ids, however the other's stand", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, newWebhook(ann, { id: "w" }), [
      newDelivery("w", ann, { id: "old", dueAt: at(1) }),
    ]);
    await store(storage, bob, newWebhook(bob, { id: "w" }), [
      newDelivery("w", bob, { id: "new", dueAt: at(2) }),
    ]);
    for (const { tenantId } of [ann, bob])
      expect(await storage.tenant(tenantId).read(({ webhooks }) => webhooks.countWaiting("w", 9))).toBe(1);
    const [first, second] = [await claim(storage, at(3)), await claim(storage, at(3))];
    expect(first).toMatchObject({ tenantId: ann.tenantId, delivery: { id: "old" } });
    expect(second).toMatchObject({ tenantId: bob.tenantId, delivery: { id: "new" } });
    await settle(storage, second);
    expect(await isDue(storage, at(3))).toBe(false);
    await settle(storage, first, { state: "waiting", dueAt: at(7) });
    expect(await isDue(storage, at(6))).toBe(false);
    expect(await isDue(storage, at(7))).toBe(true);
  });

  it("forgets what is old, some at a time, and nothing else", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    for (const own of [ann, bob]) {
      await store(storage, own, newWebhook(own, { id: "w" }), [
        newDelivery("w", own, { id: "1", createdAt: at(own === ann ? 1 : 3), dueAt: at(1) }),
        newDelivery("w", own, { id: "2", createdAt: at(own === ann ? 2 : 4), dueAt: at(2) }),
      ]);
    }
    const prune = (limit: number) => storage.directory.write(({ webhooks }) => webhooks.prune(at(2), limit));
    expect([await prune(1), await prune(9), await prune(9)]).toEqual([1, 1, 0]);
    const left = ({ tenantId }: Founded) =>
      storage.tenant(tenantId).read(({ webhooks }) => webhooks.listDeliveries("w", { limit: 9 }));
    expect(await left(ann)).toEqual([]);
    expect((await left(bob)).map(({ id }) => id)).toEqual(["2", "1"]);
    // Nothing waits for the one any more, and all for the other.
    expect(await claim(storage, at(9))).toMatchObject({ tenantId: bob.tenantId, delivery: { id: "1" } });
    expect(await claim(storage, at(9))).toBeUndefined();
  });
}
