import { expect, it } from "vitest";
import {
  archive,
  at,
  type Founded,
  found,
  label,
  newKey,
  type OpenStorage,
  store,
  versionOf,
} from "./fixtures.ts";
import { newInvitation } from "./invitation-contract.ts";

/**
 * What two tenants have in common, told apart from either side: a statement that forgets its tenant may still meet the
 * right row first, and does so for one of the two only.
 */
export function overlapContract(open: OpenStorage): void {
  it("knows an invitation by its own tenant's name, and ends one tenant alone", async () => {
    const storage = await open();
    const tenants = [await found(storage), await found(storage)];
    for (const own of tenants) {
      const invitation = newInvitation(own);
      await storage.tenant(own.tenantId).write(({ invitations }) => invitations.insert(invitation));
      const known = await storage.directory.read(({ findInvitation }) =>
        findInvitation(invitation.secretHash),
      );
      expect(known).toMatchObject({ tenantId: own.tenantId, tenantName: `${own.username}'s tenant` });
    }
    const [ann, bob] = tenants as [(typeof tenants)[number], (typeof tenants)[number]];
    await storage.directory.write(({ setTenantEnd }) => setTenantEnd(bob.tenantId, at(1)));
    const ended = await storage.directory.read(({ tenantsEndedBy }) => tenantsEndedBy(at(2)));
    expect(JSON.stringify(ended)).toContain(bob.tenantId);
    expect(JSON.stringify(ended)).not.toContain(ann.tenantId);
    await storage.directory.write(({ removeTenant }) => removeTenant(bob.tenantId));
    const left = await storage.directory.read(({ tenantIds }) => tenantIds());
    expect(left).toContain(ann.tenantId);
    expect(left).not.toContain(bob.tenantId);
  });

  it("knows the descent of keys with the same ids in each tenant as it is there", async () => {
    const storage = await open();
    const [ann, bob, eve] = [await found(storage), await found(storage), await found(storage)];
    await storage.tenant(ann.tenantId).write(async ({ keys }) => {
      await keys.insert(newKey(ann, { id: "a" }));
      await keys.insert(newKey(ann, { id: "b", madeBy: "a" }));
    });
    await storage.tenant(bob.tenantId).write(async ({ keys }) => {
      await keys.insert(newKey(bob, { id: "a" }));
      await keys.insert(newKey(bob, { id: "b" }));
      expect(await keys.descends("b", "a")).toBe(false);
      await keys.revoke("a", at(1));
      expect(await keys.find("b")).toMatchObject({ revokedAt: undefined });
    });
    await storage.tenant(eve.tenantId).write(async ({ keys }) => {
      expect(await keys.descends("a", "a")).toBe(false);
    });
  });

  it("knows a version as pinned by a name that its prompt had in this tenant, and in no other", async () => {
    const storage = await open();
    const [ann, bob, eve] = [await found(storage), await found(storage), await found(storage)];
    const pinned = await store(storage, ann, { name: "pinned" });
    const pinning = await store(storage, ann, { name: "pinning" });
    for (const other of [bob, eve]) {
      await store(storage, other, { id: pinned.id, name: "pinned" });
      await store(storage, other, { id: pinning.id, name: "pinning" });
    }
    for (const { tenantId, userId } of [ann, bob, eve]) {
      await storage.tenant(tenantId).write(async ({ includes, prompts, versions }) => {
        await includes.add(pinned.id, 1, [{ name: "tone", at: "latest" }]);
        await includes.add(pinning.id, 1, [{ name: "former", at: "1" }]);
        await versions.insert({ ...versionOf(pinned, { number: 2 }), authorId: userId });
        await prompts.update({ ...pinned, latestVersion: 2 });
      });
    }
    const redirect = { name: "former", promptId: pinned.id, createdAt: at(1) };
    await storage.tenant(bob.tenantId).write(({ redirects }) => redirects.put(redirect));
    for (const [own, users] of [
      [ann, []],
      [bob, [pinned.id]],
      [eve, []],
    ] as const) {
      const told = await storage.tenant(own.tenantId).read(({ includes }) => includes.usersOf(["tone"], 9));
      expect(told.map(({ promptId }) => promptId)).toEqual(users);
    }
  });

  it("finds by a tag or a label that a prompt with the same id has elsewhere only what has it here", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const { id } = await store(storage, ann, { tags: ["ann's"] });
    await store(storage, bob, { id, tags: ["bob's"] });
    await label(storage, ann, id, "ann's", 1);
    await label(storage, bob, id, "bob's", 1);
    for (const [own, mine, others] of [
      [ann, "ann's", "bob's"],
      [bob, "bob's", "ann's"],
    ] as const) {
      await storage.tenant(own.tenantId).read(async ({ prompts }) => {
        expect(await prompts.findIds({ tag: mine })).toEqual([id]);
        expect(await prompts.findIds({ tag: others })).toEqual([]);
        expect(await prompts.findIds({ label: mine })).toEqual([id]);
        expect(await prompts.findIds({ label: others })).toEqual([]);
        expect((await prompts.find({ id }))?.labels).toEqual({ [mine]: 1 });
      });
    }
  });

  it("forgets the words of a prompt here, and not of the one with the same id elsewhere", async () => {
    const storage = await open();
    const tenants = [await found(storage), await found(storage)];
    const { id } = await store(storage, tenants[0]!, {}, "word");
    await store(storage, tenants[1]!, { id }, "word");
    for (const own of tenants) {
      const tenant = storage.tenant(own.tenantId);
      expect((await tenant.read(({ words }) => words.count(["word"]))).get("word")).toBe(1);
      await tenant.write(({ words }) => words.remove(id));
      expect((await tenant.read(({ words }) => words.count(["word"]))).get("word")).toBe(0);
    }
  });

  it("lists titles with a word, however many titles of another tenant have it", async () => {
    const storage = await open();
    const [bob, ann] = [await found(storage), await found(storage)];
    for (let n = 0; n < 3; n++) await store(storage, bob, { title: "Word" });
    const { id } = await store(storage, ann, { title: "Word" });
    const best = await storage
      .tenant(ann.tenantId)
      .read(async ({ words }) =>
        words.best(await words.list([{ term: "word", weight: 1 }]), { filter: {}, limit: 1, titleWeight: 1 }),
      );
    expect(best).toEqual(new Map([[id, { terms: ["word"], titled: ["word"] }]]));
  });

  it("goes over the prompts of one tenant, and removes them, where another has some with the same ids", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const { id } = await store(storage, ann, { title: "Ann's" });
    await store(storage, bob, { id, title: "Bob's" });
    const titlesOf = ({ tenantId }: Founded) =>
      storage
        .tenant(tenantId)
        .read(async ({ prompts }) => (await prompts.all({ limit: 9, after: "" })).map(({ title }) => title));
    expect([await titlesOf(ann), await titlesOf(bob)]).toEqual([["Ann's"], ["Bob's"]]);
    // The later one: where the tenant is forgotten, the first is met.
    expect(await storage.tenant(bob.tenantId).write(({ prompts }) => prompts.removeSome(9))).toBe(1);
    expect([await titlesOf(ann), await titlesOf(bob)]).toEqual([["Ann's"], []]);
  });

  it("leads from a former name to the prompt that had it here, and counts what is to be indexed here", async () => {
    const storage = await open();
    const tenants = [await found(storage), await found(storage)] as const;
    const [live, put] = [await store(storage, tenants[0]), await store(storage, tenants[0])];
    await store(storage, tenants[1], live);
    await archive(storage, tenants[1].tenantId, await store(storage, tenants[1], put));
    for (const [{ tenantId }, { id: promptId }, pending] of [
      [tenants[0], live, 2],
      [tenants[1], put, 1],
    ] as const) {
      const tenant = storage.tenant(tenantId);
      await tenant.write(({ redirects }) => redirects.put({ name: "former", promptId, createdAt: at(1) }));
      expect(await tenant.read(({ redirects }) => redirects.find("former"))).toBe(promptId);
      expect(await tenant.read(({ countPending }) => countPending())).toBe(pending);
    }
  });
}
