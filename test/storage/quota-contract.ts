import fc from "fast-check";
import { expect, it } from "vitest";
import type { Storage } from "../../src/domain/ports/storage.ts";
import { type Founded, found, join, newPrompt, type OpenStorage, versionOf } from "./fixtures.ts";
import { newWebhook } from "./webhook-contract.ts";

const usageOf = (storage: Storage, { tenantId }: Founded) =>
  storage.tenant(tenantId).read((store) => store.quotas.usage());

export function quotaContract(open: OpenStorage): void {
  it("counts what a tenant has, archived prompts too, and nothing of another's", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const nothing = { prompts: 0, versions: 0, storage_bytes: 0, members: 1, webhooks: 0 };
    expect(await usageOf(storage, ann)).toEqual(nothing);

    const prompt = newPrompt(ann, { title: "Tïtle", tags: [] });
    await storage.tenant(ann.tenantId).write(async ({ prompts, versions }) => {
      await prompts.insert(prompt);
      await versions.insert(versionOf(prompt, { content: "é", changeNote: "n", description: "de" }));
    });
    await join(storage, ann.tenantId, "viewer");
    await storage.tenant(ann.tenantId).write(({ webhooks }) => webhooks.insert(newWebhook(ann)));
    // Content 2, title 6, note 1, description 2, and an empty list of tags, of arguments and of settings: 2 each.
    const counts = { prompts: 1, versions: 1, storage_bytes: 17, members: 2, webhooks: 1 };
    expect(await usageOf(storage, ann)).toEqual(counts);
    await storage
      .tenant(ann.tenantId)
      .write(({ prompts }) => prompts.update({ ...prompt, archivedAt: new Date() }));
    expect(await usageOf(storage, ann)).toMatchObject({ prompts: 1, versions: 1, storage_bytes: 17 });
    expect(await usageOf(storage, bob)).toEqual(nothing);
  });

  it("says how the library stands: what waits, the largest tenants, and all of them", async () => {
    const storage = await open();
    const before = await storage.gauges(1);
    const [ann, bob] = [await found(storage), await found(storage)];
    for (const [who, words] of [
      [ann, 100],
      [bob, 2000],
    ] as const) {
      await storage.tenant(who.tenantId).write(async (store) => {
        const prompt = newPrompt(who, {});
        await store.prompts.insert(prompt);
        await store.versions.insert(versionOf(prompt, { content: "word ".repeat(words) }));
        await store.enqueueIndexing(prompt.id);
      });
    }
    const { largest, all, tenants, indexWaitsSince, webhooksWaiting, mailsWaiting } = await storage.gauges(1);
    expect(largest).toMatchObject([{ tenantId: bob.tenantId, prompts: 1, versions: 1 }]);
    expect(largest[0]?.storageBytes).toBeGreaterThan(10_000);
    expect(all.prompts - before.all.prompts).toBe(2);
    expect(all.storageBytes).toBeGreaterThan(largest[0]?.storageBytes ?? 0);
    expect(tenants - before.tenants).toBe(2);
    expect(Date.now() - (indexWaitsSince?.getTime() ?? 0)).toBeLessThan(3_600_000);
    expect({ webhooksWaiting, mailsWaiting }).toEqual({ webhooksWaiting: 0, mailsWaiting: 0 });
    expect(await storage.gauges(0)).toMatchObject({ largest: [] });
  });

  it("counts nothing of what is rolled back, whatever is written and undone", async () => {
    const storage = await open();
    const ann = await found(storage);
    const tenant = storage.tenant(ann.tenantId);
    let [prompts, versions] = [0, 0];
    const step = fc.record({ count: fc.integer({ min: 1, max: 4 }), kept: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(step, async ({ count, kept }) => {
        const written = tenant.write(async (store) => {
          const prompt = newPrompt(ann);
          await store.prompts.insert(prompt);
          for (let number = 1; number <= count; number++) {
            await store.versions.insert(versionOf(prompt, { number }));
          }
          if (!kept) throw new Error("undone");
        });
        await written.catch(() => undefined);
        if (kept) [prompts, versions] = [prompts + 1, versions + count];
        expect(await usageOf(storage, ann)).toMatchObject({ prompts, versions });
      }),
      { numRuns: 20 },
    );
  });

  it("keeps what is said for one tenant, and replaces it whole", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const overridesOf = ({ tenantId }: Founded) =>
      storage.tenant(tenantId).read((store) => store.quotas.overrides());
    const say = (overrides: object) =>
      storage.tenant(ann.tenantId).write((store) => store.quotas.setOverrides(overrides));
    expect(await overridesOf(ann)).toEqual({});
    await say({ prompts: 5, storage_bytes: 0 });
    expect(await overridesOf(ann)).toEqual({ prompts: 5, storage_bytes: 0 });
    await say({ members: 3, webhooks: 2 });
    expect(await overridesOf(ann)).toEqual({ members: 3, webhooks: 2 });
    expect(await overridesOf(bob)).toEqual({});
  });
}
