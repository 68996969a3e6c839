import { expect, it } from "vitest";
import type { Storage } from "../../src/domain/ports/storage.ts";
import { claim, type Founded, found, newPrompt, type OpenStorage, store, versionOf } from "./fixtures.ts";

const PAGE = { filter: {}, sort: "name", descending: false, limit: 100 } as const;

export function transactionContract(open: OpenStorage): void {
  it("leaves nothing of a write that fails", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = newPrompt(ann, { tags: ["t"] });
    const failing = storage.tenant(ann.tenantId).write(async (tenant) => {
      await tenant.prompts.insert(prompt);
      await tenant.versions.insert(versionOf(prompt));
      await tenant.words.put({ ...prompt, promptId: prompt.id, content: "word" });
      await tenant.enqueueIndexing(prompt.id);
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");

    await storage.tenant(ann.tenantId).read(async (tenant) => {
      expect(await tenant.prompts.find({ id: prompt.id })).toBeUndefined();
      expect(await tenant.prompts.list({ ...PAGE, filter: { tag: "t" } })).toEqual([]);
      expect(await tenant.versions.find(prompt.id, 1)).toBeUndefined();
      expect((await tenant.words.count(["word"])).get("word")).toBe(0);
      expect(await tenant.countPending()).toBe(0);
    });
    expect(await claim(storage, 10, 1000)).toEqual([]);
    // The same can be stored now: no half of it is in the way.
    await store(storage, ann, prompt);
  });

  it("gives back what the work gives, and shows it to readers at once", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = newPrompt(ann);
    const tenant = storage.tenant(ann.tenantId);
    const seenInside = await tenant.write(async ({ prompts }) => {
      await prompts.insert(prompt);
      const outside = await tenant.read((other) => other.prompts.find({ id: prompt.id }));
      expect(outside).toBeUndefined();
      return prompts.find({ id: prompt.id });
    });
    expect(seenInside?.id).toBe(prompt.id);
    expect((await tenant.read(({ prompts }) => prompts.find({ id: prompt.id })))?.id).toBe(prompt.id);
  });

  it("puts 50 parallel updates of one prompt in a row: 50 versions without a gap", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann);
    await Promise.all(Array.from({ length: 50 }, () => addVersion(storage, ann, prompt.id)));

    const versions = await storage
      .tenant(ann.tenantId)
      .read((tenant) => tenant.versions.list(prompt.id, { limit: 100 }));
    expect(versions.map(({ number }) => number)).toEqual(Array.from({ length: 51 }, (_, n) => 51 - n));
  });

  it("lets the others go on when one of many parallel writes fails", async () => {
    const storage = await open();
    const ann = await found(storage);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store(storage, ann, { name: `name-${n >> 1}` })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect(await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.count())).toBe(10);
  });

  it("says so when a write is asked for inside a write, and does not wait for itself", async () => {
    const storage = await open();
    const ann = await found(storage);
    const tenant = storage.tenant(ann.tenantId);
    const nested = tenant.write(async ({ prompts }) => {
      await prompts.insert(newPrompt(ann));
      await tenant.write(async () => undefined);
    });
    await expect(nested).rejects.toThrow("a write inside a write");
    expect(await tenant.read(({ prompts }) => prompts.count())).toBe(0);
    await store(storage, ann);
  });

  it("lets what was started inside a write do its own write afterwards", async () => {
    const storage = await open();
    const ann = await found(storage);
    const begun = Promise.withResolvers<void>();
    let later: Promise<unknown> | undefined;
    await storage.tenant(ann.tenantId).write(async ({ prompts }) => {
      later = begun.promise.then(() => store(storage, ann));
      await prompts.insert(newPrompt(ann));
    });
    begun.resolve();
    await later;
    expect(await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.count())).toBe(2);
  });

  it("refuses a write inside a read", async () => {
    const storage = await open();
    const ann = await found(storage);
    const writing = storage.tenant(ann.tenantId).read(({ prompts }) => prompts.insert(newPrompt(ann)));
    await expect(writing).rejects.toThrow("a write inside read()");
  });
}

async function addVersion(storage: Storage, ann: Founded, promptId: string): Promise<void> {
  await storage.tenant(ann.tenantId).write(async ({ prompts, versions }) => {
    const prompt = await prompts.find({ id: promptId });
    if (prompt === undefined) throw new Error("The prompt is gone");
    const { author: _author, ...next } = { ...prompt, latestVersion: prompt.latestVersion + 1 };
    await versions.insert(versionOf(next));
    await prompts.update(next);
  });
}
