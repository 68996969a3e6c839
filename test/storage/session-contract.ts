import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Session } from "../../src/domain/session.ts";
import { at, type Founded, found, join, type OpenStorage } from "./fixtures.ts";

export function newSession(
  { tenantId, userId }: Pick<Founded, "tenantId" | "userId">,
  fields: Partial<Session> = {},
): Session {
  return {
    id: randomUUID(),
    tenantId,
    userId,
    refresh: { familyHash: randomUUID(), tokenHash: randomUUID() },
    address: "192.0.2.7",
    createdAt: at(0),
    lastUsedAt: at(0),
    expiresAt: at(1000),
    ...fields,
  };
}

export function sessionContract(open: OpenStorage): void {
  it("finds a session by its family, with its member, and keeps what is renewed", async () => {
    const storage = await open();
    const ann = await found(storage);
    const session = newSession(ann);
    const familyHash = session.refresh!.familyHash;
    const renewed = {
      ...session,
      refresh: { familyHash, tokenHash: "next" },
      lastUsedAt: at(500),
      expiresAt: at(1500),
    };
    await storage.directory.write(async ({ sessions }) => {
      await sessions.insert(session);
      await sessions.insert(newSession(ann, { refresh: undefined, address: undefined }));
      expect(await sessions.findByFamily(familyHash)).toMatchObject({
        session,
        member: { userId: ann.userId, tenantId: ann.tenantId, role: "admin" },
      });
      await sessions.renew(renewed);
      expect((await sessions.findByFamily(familyHash))?.session).toEqual(renewed);
      expect(await sessions.findByFamily("another")).toBeUndefined();
    });
  });

  it("finds a session until it expires, its member, and of nothing that is another user's or tenant's", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const session = newSession(ann);
    await storage.directory.write(({ sessions }) => sessions.insert(session));
    await storage.directory.read(async ({ sessions }) => {
      expect(await sessions.findMember(session)).toMatchObject({
        member: { userId: ann.userId },
        expiresAt: at(1000),
      });
      expect(await sessions.find(session, at(999))).toEqual(session);
      expect(await sessions.find(session, at(1000))).toBeUndefined();
      for (const other of [{ userId: bob.userId }, { tenantId: bob.tenantId }, { id: randomUUID() }])
        expect(await sessions.findMember({ ...session, ...other })).toBeUndefined();
    });
  });

  it("lists a user's living sessions of all tenants, the last used first", async () => {
    const storage = await open();
    const [ann, host] = [await found(storage), await found(storage)];
    await storage.tenant(host.tenantId).write(({ members }) => members.add(ann.userId, "viewer"));
    const there = { ...ann, tenantId: host.tenantId };
    const [old, used, gone] = [
      newSession(ann),
      newSession(there, { lastUsedAt: at(5) }),
      newSession(ann, { expiresAt: at(1) }),
    ];
    await storage.directory.write(async ({ sessions }) => {
      for (const session of [old, used, gone, newSession(host)]) await sessions.insert(session);
      expect(await sessions.listOf(ann.userId, at(1))).toMatchObject([
        { id: used.id, tenantName: `${host.username}'s tenant` },
        { id: old.id },
      ]);
      await sessions.dropExpired(ann.userId, at(1));
      expect(await sessions.end(ann.userId, gone.id)).toBeUndefined();
    });
  });

  it("ends one of a user's, or all, and nobody else's", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const [one, two, theirs] = [newSession(ann), newSession(ann), newSession(bob)];
    await storage.directory.write(async ({ sessions }) => {
      for (const session of [one, two, theirs]) await sessions.insert(session);
      expect(await sessions.end(ann.userId, theirs.id)).toBeUndefined();
      expect(await sessions.end(ann.userId, one.id)).toEqual(one);
      expect(await sessions.endAllOf(ann.userId)).toEqual([two]);
      expect(await sessions.endAllOf(ann.userId)).toEqual([]);
      expect(await sessions.listOf(bob.userId, at(0))).toHaveLength(1);
    });
  });

  it("ends with the membership, and is refused where there is none", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const session = newSession(bob);
    await storage.directory.write(({ sessions }) => sessions.insert(session));
    await storage.tenant(ann.tenantId).write(({ members }) => members.remove(bob.userId));
    expect(await storage.directory.read(({ sessions }) => sessions.listOf(bob.userId, at(0)))).toEqual([]);
    await expect(storage.directory.write(({ sessions }) => sessions.insert(session))).rejects.toThrow();
  });
}
