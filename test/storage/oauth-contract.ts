import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { OAuthRecord } from "../../src/domain/ports/oauth.ts";
import type { Storage } from "../../src/domain/ports/storage.ts";
import { at, type Founded, found, join, type OpenStorage } from "./fixtures.ts";

function newRecord(fields: Partial<OAuthRecord> = {}): OAuthRecord {
  return {
    kind: "RefreshToken",
    id: randomUUID(),
    payload: { scope: "prompts:read" },
    userId: undefined,
    clientId: undefined,
    grantId: undefined,
    uid: undefined,
    consumedAt: undefined,
    expiresAt: at(1000),
    ...fields,
  };
}

/** A grant by a member, with a record that comes from it. */
export async function granted(
  storage: Storage,
  { tenantId, userId }: Pick<Founded, "tenantId" | "userId">,
  expiresAt = at(1000),
) {
  const id = randomUUID();
  const record = newRecord({ grantId: id, userId });
  await storage.directory.write(async (directory) => {
    const client = { id: "https://app.example/client", name: "App" };
    const grant = { id, userId, client, scopes: ["prompts:read"], createdAt: at(0), expiresAt } as const;
    await directory.tenant(tenantId).clientGrants.add(grant);
    await directory.oauth.put(record, at(0));
  });
  return { id, record };
}

export function oauthContract(open: OpenStorage): void {
  const grantorOf = (storage: Storage, grantId: string) =>
    storage.directory.read(({ oauth }) => oauth.findGrantor(grantId));
  const find = (storage: Storage, { kind, id }: OAuthRecord, ms = 0) =>
    storage.directory.read(({ oauth }) => oauth.find(kind, id, at(ms)));

  it("keeps a record, replaces it, and finds it by id and by uid, each in its kind", async () => {
    const storage = await open();
    const record = newRecord({ kind: "Session", uid: "a uid", clientId: "a client" });
    await storage.directory.write(({ oauth }) => oauth.put(record, at(0)));
    const changed = { ...record, clientId: undefined, payload: { state: { deep: [1, null] } } };
    await storage.directory.write(({ oauth }) => oauth.put(changed, at(0)));
    expect(await find(storage, record)).toEqual(changed);
    expect(await find(storage, { ...record, kind: "Grant" })).toBeUndefined();
    await storage.directory.read(async ({ oauth }) => {
      expect(await oauth.findByUid("Session", "a uid", at(0))).toEqual(changed);
      expect(await oauth.findByUid("Grant", "a uid", at(0))).toBeUndefined();
    });
    await storage.directory.write(({ oauth }) => oauth.remove("Session", record.id));
    expect(await find(storage, record)).toBeUndefined();
  });

  it("does not find what has expired, unless it was prolonged, which never shortens", async () => {
    const storage = await open();
    const record = newRecord({ kind: "Client" });
    await storage.directory.write(({ oauth }) => oauth.put(record, at(0)));
    expect(await find(storage, record, 999)).toBeDefined();
    expect(await find(storage, record, 1000)).toBeUndefined();
    await storage.directory.write(async ({ oauth }) => {
      await oauth.prolong("Client", record.id, at(5000));
      await oauth.prolong("Client", record.id, at(2000));
    });
    expect((await find(storage, record, 4999))?.expiresAt).toEqual(at(5000));
  });

  it("drops what has expired when something is put", async () => {
    const storage = await open();
    const ann = await found(storage);
    const old = await granted(storage, ann, at(10));
    const short = newRecord({ expiresAt: at(10) });
    await storage.directory.write(({ oauth }) => oauth.put(short, at(0)));
    await storage.directory.write(({ oauth }) => oauth.put(newRecord(), at(20)));
    expect(await find(storage, short, 0)).toBeUndefined();
    expect(await find(storage, old.record, 0)).toBeDefined();
    expect(await grantorOf(storage, old.id)).toBeUndefined();
  });

  it("lets a record be used once, of many tries at once", async () => {
    const storage = await open();
    const record = newRecord();
    await storage.directory.write(({ oauth }) => oauth.put(record, at(0)));
    const use = () => storage.directory.write(({ oauth }) => oauth.consume(record.kind, record.id, at(7)));
    const uses = await Promise.all([use(), use(), use()]);
    expect(uses.filter(Boolean)).toHaveLength(1);
    expect((await find(storage, record))?.consumedAt).toEqual(at(7));
  });

  it("ends a grant with what comes from it, and no other", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, other] = [await granted(storage, ann), await granted(storage, ann)];
    expect(await grantorOf(storage, one.id)).toMatchObject({ ...ann, role: "admin" });
    await storage.directory.write(({ oauth }) => oauth.endGrant(one.id));
    expect(await grantorOf(storage, one.id)).toBeUndefined();
    expect(await find(storage, one.record)).toBeUndefined();
    expect(await find(storage, other.record)).toBeDefined();
    expect(await grantorOf(storage, other.id)).toBeDefined();
  });

  it("ends a grant with the membership it is for, and all of a person's when asked", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const [anns, bobs] = [await granted(storage, ann), await granted(storage, bob)];
    await storage.tenant(ann.tenantId).write((store) => store.members.remove(bob.userId));
    expect(await grantorOf(storage, bobs.id)).toBeUndefined();
    expect(await grantorOf(storage, anns.id)).toBeDefined();
    await storage.directory.write(({ oauth }) => oauth.endAllOf(ann.userId));
    expect(await grantorOf(storage, anns.id)).toBeUndefined();
    expect(await find(storage, anns.record)).toBeUndefined();
  });

  it("lists what a person lets clients do in all their tenants, the newest first, and nothing of others or expired", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const there = { ...ann, tenantId: bob.tenantId };
    await storage.directory.write((store) => store.insertMember(there.tenantId, ann.userId, "viewer"));
    const here = await granted(storage, ann);
    const elsewhere = await granted(storage, there);
    await granted(storage, ann, at(10));
    await granted(storage, bob);
    const list = (userId: string) =>
      storage.directory.read(({ oauth }) => oauth.listGrantsOf(userId, at(10)));
    const listed = await list(ann.userId);
    expect(listed.map(({ id }) => id).sort()).toEqual([here.id, elsewhere.id].sort());
    expect(listed.find(({ id }) => id === elsewhere.id)).toEqual({
      id: elsewhere.id,
      client: { id: "https://app.example/client", name: "App" },
      tenantId: bob.tenantId,
      tenantName: expect.any(String),
      scopes: ["prompts:read"],
      createdAt: at(0),
      expiresAt: at(1000),
    });
  });

  it("refuses a grant by somebody who is not a member", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await expect(granted(storage, { ...ann, tenantId: bob.tenantId })).rejects.toThrow();
  });
}
