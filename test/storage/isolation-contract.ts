import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Storage } from "../../src/domain/ports/storage.ts";
import {
  archive,
  at,
  claim,
  type Founded,
  found,
  label,
  newKey,
  newPrompt,
  type OpenStorage,
  type PromptRecord,
  store,
  versionOf,
} from "./fixtures.ts";

const LEASE = 3_600_000;

export function isolationContract(open: OpenStorage): void {
  it("keeps the same ids, names, tags and words of two tenants apart", async () => {
    const { storage, ann, bob, shared } = await twins(open);
    for (const [own, title] of [
      [ann, "Ann's"],
      [bob, "Bob's"],
    ] as const) {
      await storage.tenant(own.tenantId).read(async ({ prompts, versions, words, keys }) => {
        expect(await prompts.find({ id: shared.id })).toMatchObject({ title, author: own.username });
        expect(await prompts.find({ name: shared.name })).toMatchObject({ title });
        expect(await prompts.findMany([shared.id])).toMatchObject([{ title }]);
        expect(await prompts.count()).toBe(1);
        expect(await versions.find(shared.id, 1)).toMatchObject({ title });
        expect(await versions.findMany([{ promptId: shared.id, number: 1 }])).toMatchObject([{ title }]);
        expect(await versions.list(shared.id, { limit: 9 })).toMatchObject([{ title }]);
        const asked = [{ term: "word", weight: 1 }];
        const options = { filter: { tag: "tag" }, limit: 9, titleWeight: 1 };
        expect([...(await words.best(await words.list(asked), options)).keys()]).toEqual([shared.id]);
        expect([...(await words.heldBy([shared.id], await words.list(asked))).keys()]).toEqual([shared.id]);
        expect(await keys.find("key")).toMatchObject({ name: title });
      });
    }
    await storage.splits.put([
      { tenantId: ann.tenantId, promptId: shared.id, version: 1, spans: [{ start: 0, end: 1 }] },
    ]);
    await label(storage, bob, shared.id, "staging", 1);
    const shownAt = (own: Founded, name: string) =>
      storage.tenant(own.tenantId).read((tenant) => tenant.shown.at(name, [shared.id]));
    expect(await shownAt(ann, "staging")).toEqual([]);
    expect(await shownAt(bob, "staging")).toMatchObject([{ title: "Bob's" }]);
    for (const [own, spans] of [
      [ann, [{ start: 0, end: 1 }]],
      [bob, undefined],
    ] as const) {
      expect(await shownAt(own, "latest")).toMatchObject([{ id: shared.id, spans }]);
    }
  });

  it("gives nothing of another tenant's, by any filter or word", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const secret = await store(storage, bob, { name: "plans/secret", tags: ["tag"] }, "word");
    await label(storage, bob, secret.id, "staging", 1);

    await storage.tenant(ann.tenantId).read(async (tenant) => {
      const { prompts, versions, labels, words, countPending, members } = tenant;
      const filters = [
        {},
        { tag: "tag" },
        { label: "staging" },
        { namePrefix: "plans/" },
        { author: bob.username },
        { words: ["wo"] },
      ];
      for (const filter of filters) {
        const page = { filter, sort: "name", descending: false, limit: 9 } as const;
        expect(await prompts.list(page)).toEqual([]);
        expect(await prompts.findIds(filter)).toEqual([]);
        const asked = [{ term: "word", weight: 1 }];
        expect((await words.best(await words.list(asked), { filter, limit: 9, titleWeight: 1 })).size).toBe(
          0,
        );
        expect((await words.heldBy([secret.id], await words.list(asked))).size).toBe(0);
      }
      expect(await prompts.find({ id: secret.id })).toBeUndefined();
      expect(await prompts.find({ name: secret.name })).toBeUndefined();
      expect(await prompts.findMany([secret.id])).toEqual([]);
      expect(await tenant.shown.at("latest", [secret.id])).toEqual([]);
      expect(await tenant.shown.at("staging", [secret.id])).toEqual([]);
      expect(await prompts.findIds({}, [secret.id])).toEqual([]);
      expect(await prompts.takenNames("plans/secret")).toEqual(new Set());
      expect(await versions.find(secret.id, 1)).toBeUndefined();
      expect(await versions.findMany([{ promptId: secret.id, number: 1 }])).toEqual([]);
      expect(await versions.list(secret.id, { limit: 9 })).toEqual([]);
      expect(await labels.find(secret.id, "staging")).toBeUndefined();
      expect(await labels.listMoves(secret.id, "staging", { limit: 9 })).toEqual([]);
      expect(await labels.inUse()).toEqual([]);
      expect(await members.find(bob.userId)).toBeUndefined();
      expect(await countPending()).toBe(0);
    });
  });

  it("cannot be searched for by a tenant's id as a word", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, {}, "text");
    await store(storage, bob, {}, "text");
    const forms = [ann, bob].flatMap(({ tenantId }) => [tenantId, tenantId.replaceAll("-", "")]);
    const counts = await storage.tenant(ann.tenantId).read(({ words }) => words.count(forms));
    for (const count of counts.values()) expect(count).toBe(0);
  });

  it("changes only the tenant's own, where another has the same ids", async () => {
    const { storage, ann, bob, shared } = await twins(open);
    const before = await snapshot(storage, bob, shared);
    await storage.tenant(ann.tenantId).write(async ({ prompts, versions, words, members, keys }) => {
      await prompts.update({ ...shared, title: "changed", tags: ["other"], latestVersion: 2 });
      await versions.insert(versionOf(shared, { number: 2 }));
      await words.remove(shared.id);
      await keys.revoke("key", at(1));
      await keys.touch("key", at(1));
      await members.setRole(bob.userId, "viewer");
      await members.remove(bob.userId);
    });
    expect(await snapshot(storage, bob, shared)).toEqual(before);
  });

  it("completes only the tenant's own outbox entry, where another has the same prompt id", async () => {
    const { storage, bob } = await twins(open);
    const entries = await claim(storage, 9, LEASE);
    expect(entries).toHaveLength(2);
    await storage.outbox.complete(entries.filter(({ tenantId }) => tenantId !== bob.tenantId));
    expect(await storage.outbox.counts()).toMatchObject({ first: 1 });
    expect(await storage.tenant(bob.tenantId).read((tenant) => tenant.countPending())).toBe(1);
  });

  it("cannot write a row that points into another tenant", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const foreign = await store(storage, bob);
    const tenant = storage.tenant(ann.tenantId);

    await expect(
      tenant.write(({ versions }) => versions.insert(versionOf(foreign, { number: 2 }))),
    ).rejects.toThrow();
    await expect(tenant.write(({ prompts }) => prompts.update(foreign))).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(tenant.write((own) => own.enqueueIndexing(foreign.id))).rejects.toThrow();
    await expect(
      tenant.write(({ words }) => words.put({ ...foreign, promptId: foreign.id, content: "" })),
    ).rejects.toThrow();
    await expect(tenant.write(({ keys }) => keys.insert(newKey(bob)))).rejects.toThrow();
  });

  it("leaves another tenant as it was, whatever is done in this one", async () => {
    const { storage, ann, bob, shared } = await twins(open);
    const before = await snapshot(storage, bob, shared);
    const name = fc.constantFrom(shared.name, "other", "third");
    const id = fc.constantFrom(shared.id, randomUUID(), randomUUID());
    const step = fc.record({ kind: fc.constantFrom("store", "update", "archive", "drain"), id, name });

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        for (const { kind, ...fields } of steps) {
          const prompt = newPrompt(ann, { ...fields, tags: ["tag"], title: kind });
          // A name or id that is taken in the tenant is refused: that is no matter here.
          if (kind === "store") await store(storage, ann, prompt, "word").catch(() => undefined);
          if (kind === "archive") await archive(storage, ann.tenantId, prompt).catch(() => undefined);
          if (kind === "update") {
            const update = storage.tenant(ann.tenantId).write(({ prompts }) => prompts.update(prompt));
            await update.catch(() => undefined);
          }
          if (kind === "drain") {
            const entries = await claim(storage, 9, 0);
            await storage.outbox.complete(entries.filter(({ tenantId }) => tenantId === ann.tenantId));
          }
        }
        expect(await snapshot(storage, bob, shared)).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
}

/** Two tenants with a prompt and a key under the same ids, and the same name, tag and words. */
async function twins(open: OpenStorage) {
  const storage = await open();
  const [ann, bob] = [await found(storage, "ann"), await found(storage, "bob")];
  const shared = newPrompt(ann, { name: "same/name", tags: ["tag"] });
  for (const [own, title] of [
    [ann, "Ann's"],
    [bob, "Bob's"],
  ] as const) {
    await store(storage, own, { ...shared, authorId: own.userId, title }, "word");
    await storage
      .tenant(own.tenantId)
      .write(({ keys }) => keys.insert(newKey(own, { id: "key", name: title })));
  }
  return { storage, ann, bob, shared };
}

/** All that a tenant can see. */
async function snapshot(storage: Storage, own: Founded, prompt: PromptRecord) {
  const page = { filter: {}, sort: "name", descending: false, limit: 100 } as const;
  return storage.tenant(own.tenantId).read(async (tenant) => ({
    prompts: await tenant.prompts.list(page),
    tagged: await tenant.prompts.list({ ...page, filter: { tag: "tag" } }),
    versions: await tenant.versions.list(prompt.id, { limit: 100 }),
    words: await tenant.words.best(await tenant.words.list([{ term: "word", weight: 1 }]), {
      filter: {},
      limit: 9,
      titleWeight: 1,
    }),
    member: await tenant.members.find(own.userId),
    keys: await tenant.keys.listOf(own.userId),
    pending: await tenant.countPending(),
  }));
}
