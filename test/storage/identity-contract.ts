import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { at, found, join, newKey, newUser, type OpenStorage, unique } from "./fixtures.ts";

export function identityContract(open: OpenStorage): void {
  it("knows a founder by name and in the tenant", async () => {
    const storage = await open();
    const user = newUser("ann");
    const tenant = { id: randomUUID(), name: "Ann's", createdAt: at(5) };
    await storage.directory.write(async (directory) => {
      await directory.insertTenant(tenant);
      await directory.insertUser(user);
      await directory.insertMember(tenant.id, user.id, "admin");
    });

    const member = {
      tenantId: tenant.id,
      tenantName: "Ann's",
      userId: user.id,
      username: "ann",
      role: "admin",
      tenantEndsAt: undefined,
    };
    await storage.directory.read(async (directory) => {
      expect(await directory.findUserByName("ann")).toEqual(user);
      expect(await directory.findUserByName("bob")).toBeUndefined();
      expect(await directory.findUser(user.id)).toEqual(user);
      expect(await directory.findUser("nobody")).toBeUndefined();
      expect(await directory.findMember(tenant.id, user.id)).toEqual(member);
      expect(await directory.findMember(randomUUID(), user.id)).toBeUndefined();
      expect(await directory.countTenants()).toBe(1);
      expect(await directory.hasTenant(tenant.id)).toBe(true);
      expect(await directory.hasTenant(randomUUID())).toBe(false);
    });
    const inTenant = await storage.tenant(tenant.id).read((store) => store.members.find(user.id));
    expect(inTenant).toEqual(member);
  });

  it("lists a user's tenants, the oldest membership first", async () => {
    const storage = await open();
    const ann = await found(storage);
    const others = [await found(storage), await found(storage)];
    for (const { tenantId } of others) {
      await storage.tenant(tenantId).write((store) => store.members.add(ann.userId, "viewer"));
    }

    const memberships = await storage.directory.read((directory) => directory.membershipsOf(ann.userId));
    expect(memberships.map(({ tenantId, role }) => [tenantId, role])).toEqual([
      [ann.tenantId, "admin"],
      [others[0]!.tenantId, "viewer"],
      [others[1]!.tenantId, "viewer"],
    ]);
  });

  it("answers a username that is taken with conflict", async () => {
    const storage = await open();
    await found(storage, "ann");
    const again = storage.directory.write((directory) => directory.insertUser(newUser("ann")));
    await expect(again).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("username"),
    });
  });

  it("answers a second membership in the same tenant with conflict", async () => {
    const storage = await open();
    const ann = await found(storage);
    const again = storage.tenant(ann.tenantId).write((store) => store.members.add(ann.userId, "viewer"));
    await expect(again).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps who has no password without one", async () => {
    const storage = await open();
    const user = { ...newUser("ann"), passwordHash: undefined };
    await storage.directory.write((directory) => directory.insertUser(user));
    expect(await storage.directory.read((directory) => directory.findUserByName("ann"))).toEqual(user);
  });

  it("knows people by issuer and subject, both to the letter", async () => {
    const storage = await open();
    const ann = await found(storage);
    const identity = { issuer: "https://a.example", subject: "1", userId: ann.userId, heardAt: at(7) };
    await storage.directory.write(async ({ identities }) => {
      await identities.insert(identity);
      await identities.insert({ ...identity, issuer: "https://b.example", heardAt: at(8) });
      await identities.setHeardAt("https://b.example", "1", at(9));
    });
    await storage.directory.read(async ({ identities }) => {
      expect(await identities.find("https://a.example", "1")).toEqual(identity);
      expect(await identities.find("https://b.example", "1")).toMatchObject({ heardAt: at(9) });
      expect(await identities.find("https://A.example", "1")).toBeUndefined();
      expect(await identities.find("https://a.example", "2")).toBeUndefined();
      expect(await identities.isLinked("https://a.example", ann.userId)).toBe(true);
      expect(await identities.isLinked("https://c.example", ann.userId)).toBe(false);
    });
    const again = storage.directory.write(({ identities }) => identities.insert(identity));
    await expect(again).rejects.toThrow();
  });

  it("remembers who has left which tenant, until they are back", async () => {
    const storage = await open();
    const [one, other] = [await found(storage), await found(storage)];
    const bob = await join(storage, one.tenantId, "viewer");
    const hasDeparted = (tenantId: string) =>
      storage.tenant(tenantId).read((store) => store.members.hasDeparted(bob.userId));
    await storage.tenant(other.tenantId).write((store) => store.members.add(bob.userId, "viewer"));
    expect(await hasDeparted(one.tenantId)).toBe(false);
    await storage.tenant(one.tenantId).write((store) => store.members.remove(bob.userId));
    expect([await hasDeparted(one.tenantId), await hasDeparted(other.tenantId)]).toEqual([true, false]);
    await storage.directory.write((directory) => directory.insertMember(one.tenantId, bob.userId, "viewer"));
    expect(await hasDeparted(one.tenantId)).toBe(false);
  });

  it("renews a password hash", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    await storage.directory.write((directory) => directory.setPasswordHash(ann.userId, "a newer hash"));
    const user = await storage.directory.read((directory) => directory.findUserByName("ann"));
    expect(user?.passwordHash).toBe("a newer hash");
  });

  it("changes a role, and forgets a member with the member's keys", async () => {
    const storage = await open();
    const { tenantId } = await found(storage);
    const bob = await join(storage, tenantId, "viewer");
    const key = newKey(bob);
    await storage.tenant(tenantId).write(async (store) => {
      await store.keys.insert(key);
      await store.members.setRole(bob.userId, "developer");
    });
    const owned = await storage.directory.read((directory) => directory.findKey(key.secretHash));
    expect(owned).toMatchObject({ key, member: { userId: bob.userId, role: "developer" } });

    await storage.tenant(tenantId).write((store) => store.members.remove(bob.userId));
    await storage.tenant(tenantId).read(async (store) => {
      expect(await store.members.find(bob.userId)).toBeUndefined();
      expect(await store.keys.find(key.id)).toBeUndefined();
    });
    expect(await storage.directory.read((directory) => directory.findKey(key.secretHash))).toBeUndefined();
    // The person stays: they may be a member elsewhere.
    expect(await storage.directory.read((directory) => directory.findUserByName(bob.username))).toBeDefined();
  });

  it("keeps a key's times, and lists a user's keys newest first without the revoked", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const tenant = storage.tenant(ann.tenantId);
    const [old, newer, gone] = [
      newKey(ann, { createdAt: at(1) }),
      newKey(ann, { createdAt: at(2), expiresAt: at(9_000) }),
      newKey(ann, { createdAt: at(3) }),
    ];
    await tenant.write(async (store) => {
      for (const key of [old, newer, gone, newKey(bob)]) await store.keys.insert(key);
      await store.keys.touch(old.id, at(50));
      await store.keys.revoke(gone.id, at(60));
    });

    expect(await tenant.read((store) => store.keys.listOf(ann.userId))).toEqual([
      newer,
      { ...old, lastUsedAt: at(50) },
    ]);
    const revoked = await storage.directory.read((directory) => directory.findKey(gone.secretHash));
    expect(revoked?.key.revokedAt).toEqual(at(60));
  });

  it("finds a key by the secret that retires as by the new one, and keeps scopes and flags", async () => {
    const storage = await open();
    const ann = await found(storage);
    const key = newKey(ann, { scopes: ["prompts:read"], agent: true });
    const retiring = { secretHash: key.secretHash, until: at(9) };
    const rotated = { ...key, secretHash: "new", prefix: "pf_new", retiring };
    await storage.tenant(ann.tenantId).write(async ({ keys }) => {
      await keys.insert(key);
      await keys.setSecret(rotated);
    });
    for (const hash of ["new", key.secretHash])
      expect((await storage.directory.read((store) => store.findKey(hash)))?.key).toEqual(rotated);
  });

  it("lists a tenant's keys newest first, page by page, without the revoked and without another tenant's", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const carol = await join(storage, ann.tenantId, "viewer");
    const own = [1, 2, 2, 3].map((ms) => newKey(ms === 3 ? carol : ann, { createdAt: at(ms) }));
    await storage.tenant(bob.tenantId).write(({ keys }) => keys.insert(newKey(bob)));
    const listed = await storage.tenant(ann.tenantId).write(async ({ keys }) => {
      for (const key of [...own, newKey(ann, { revokedAt: at(1) })]) await keys.insert(key);
      const pages = [];
      for (let page = await keys.listAll({ limit: 1 }); page[0] !== undefined; ) {
        pages.push(page[0]);
        page = await keys.listAll({ limit: 1, after: page[0] });
      }
      return pages;
    });
    expect(listed.map(({ id }) => id).sort()).toEqual(own.map(({ id }) => id).sort());
    expect(listed.map(({ createdAt }) => createdAt)).toEqual([at(3), at(2), at(2), at(1)]);
    expect(listed[0]?.username).toBe(carol.username);
  });

  it("knows which keys were made with which, and revokes them together", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await found(storage);
    const root = newKey(ann);
    const child = newKey(ann, { madeBy: root.id });
    const grandchild = newKey(ann, { madeBy: child.id });
    const other = newKey(ann);
    // The same ids in another tenant are other keys.
    const elsewhere = [newKey(bob, { id: root.id }), newKey(bob, { id: child.id, madeBy: root.id })];
    await storage.tenant(bob.tenantId).write(async ({ keys }) => {
      for (const key of elsewhere) await keys.insert(key);
    });
    await storage.tenant(ann.tenantId).write(async ({ keys }) => {
      for (const key of [root, child, grandchild, other]) await keys.insert(key);
      expect(await keys.descends(grandchild.id, root.id)).toBe(true);
      expect(await keys.descends(root.id, root.id)).toBe(true);
      expect(await keys.descends(root.id, child.id)).toBe(false);
      expect(await keys.descends(other.id, root.id)).toBe(false);
      await keys.revoke(child.id, at(1));
      await keys.revoke(root.id, at(2));
    });

    const revoked = await storage
      .tenant(ann.tenantId)
      .read(({ keys }) => Promise.all([root, child, grandchild, other].map(({ id }) => keys.find(id))));
    expect(revoked.map((key) => key?.revokedAt)).toEqual([at(2), at(1), at(1), undefined]);
    expect(revoked[2]?.madeBy).toBe(child.id);
    expect(await storage.tenant(bob.tenantId).read(({ keys }) => keys.listOf(bob.userId))).toHaveLength(2);
  });

  it("refuses a key made with one of another tenant", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const theirs = newKey(bob);
    await storage.tenant(bob.tenantId).write(({ keys }) => keys.insert(theirs));
    const made = newKey(ann, { madeBy: theirs.id });
    await expect(storage.tenant(ann.tenantId).write(({ keys }) => keys.insert(made))).rejects.toThrow();
  });

  it("refuses a key for somebody who is not a member", async () => {
    const storage = await open();
    const { tenantId } = await found(storage);
    const stranger = { tenantId, userId: randomUUID(), username: unique("user") };
    await expect(storage.tenant(tenantId).write((s) => s.keys.insert(newKey(stranger)))).rejects.toThrow();
  });
}
