import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { Invitation } from "../../src/domain/invitation.ts";
import { at, type Founded, found, join, type OpenStorage } from "./fixtures.ts";

export function newInvitation(inviter: Founded, fields: Partial<Invitation> = {}): Invitation {
  return {
    id: randomUUID(),
    role: "viewer",
    email: undefined,
    inviterId: inviter.userId,
    keyId: undefined,
    secretHash: randomUUID(),
    mailed: false,
    createdAt: at(0),
    expiresAt: at(1000),
    acceptedAt: undefined,
    acceptedBy: undefined,
    revokedAt: undefined,
    ...fields,
  };
}

export function invitationContract(open: OpenStorage): void {
  it("keeps an invitation as it is, and finds it by its code's hash with tenant and inviter", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const invitation = newInvitation(ann, { role: "reviewer", email: "bob@example.com" });
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(({ invitations }) => invitations.insert(invitation));
    expect(await tenant.read(({ invitations }) => invitations.find(invitation.id))).toEqual(invitation);
    const find = (hash: string) => storage.directory.read((directory) => directory.findInvitation(hash));
    expect(await find(invitation.secretHash)).toEqual({
      invitation,
      tenantId: ann.tenantId,
      tenantName: "ann's tenant",
      tenantEndsAt: undefined,
      inviter: "ann",
    });
    expect(await find(randomUUID())).toBeUndefined();
  });

  it("lists the open ones newest first, ties by id, page by page", async () => {
    const storage = await open();
    const ann = await found(storage);
    const tenant = storage.tenant(ann.tenantId);
    const opens = [
      newInvitation(ann, { id: "c", createdAt: at(2) }),
      newInvitation(ann, { id: "b", createdAt: at(1) }),
      newInvitation(ann, { id: "a", createdAt: at(1) }),
    ];
    const closed = [
      newInvitation(ann, { acceptedAt: at(3), acceptedBy: ann.userId }),
      newInvitation(ann, { revokedAt: at(3) }),
      newInvitation(ann, { expiresAt: at(10) }),
    ];
    await tenant.write(async ({ invitations }) => {
      for (const invitation of [...opens, ...closed]) await invitations.insert(invitation);
    });
    const first = await tenant.read(({ invitations }) => invitations.listOpen(at(10), { limit: 2 }));
    expect(first).toEqual(opens.slice(0, 2).map((one) => ({ ...one, inviter: ann.username })));
    const after = { createdAt: at(1), id: "b" };
    const second = await tenant.read(({ invitations }) => invitations.listOpen(at(10), { limit: 2, after }));
    expect(second.map(({ id }) => id)).toEqual(["a"]);
  });

  it("ends one, or all open ones of an inviter, and nothing in another tenant", async () => {
    const storage = await open();
    const [ann, eve] = [await found(storage), await found(storage)];
    const bob = await join(storage, ann.tenantId, "admin");
    const [accepted, open1, open2, others] = [
      newInvitation(ann, { id: "1" }),
      newInvitation(ann, { id: "2" }),
      newInvitation(ann, { id: "3" }),
      newInvitation(bob, { id: "4" }),
    ];
    const elsewhere = newInvitation({ ...eve, userId: ann.userId }, { id: "1" });
    await storage.tenant(eve.tenantId).write(({ invitations }) => invitations.insert(elsewhere));
    await storage.tenant(ann.tenantId).write(async ({ invitations }) => {
      for (const invitation of [accepted, open1, open2, others]) await invitations.insert(invitation);
      await invitations.settle("1", { acceptedAt: at(5), acceptedBy: bob.userId });
      await invitations.revokeOf(ann.userId, at(6));
    });
    const ends = await storage
      .tenant(ann.tenantId)
      .read(({ invitations }) => Promise.all(["1", "2", "3", "4"].map((id) => invitations.find(id))));
    expect(ends.map((one) => [one?.acceptedAt, one?.acceptedBy, one?.revokedAt])).toEqual([
      [at(5), bob.userId, undefined],
      [undefined, undefined, at(6)],
      [undefined, undefined, at(6)],
      [undefined, undefined, undefined],
    ]);
    const other = storage.tenant(eve.tenantId);
    expect(await other.read(({ invitations }) => invitations.find("1"))).toEqual(elsewhere);
    expect(await other.read(({ invitations }) => invitations.listOpen(at(0), { limit: 9 }))).toHaveLength(1);
    expect(await other.read(({ invitations }) => invitations.find("2"))).toBeUndefined();
  });

  it("ends the open ones for an address in one tenant, and says which", async () => {
    const storage = await open();
    const [ann, eve] = [await found(storage), await found(storage)];
    const email = "bob@example.com";
    const all = [
      newInvitation(ann, { id: "open", email }),
      newInvitation(ann, { id: "accepted", email, acceptedAt: at(1), acceptedBy: ann.userId }),
      newInvitation(ann, { id: "expired", email, expiresAt: at(5) }),
      newInvitation(ann, { id: "another's", email: "carol@example.com" }),
    ];
    const elsewhere = newInvitation(eve, { id: "open", email });
    await storage.tenant(eve.tenantId).write(({ invitations }) => invitations.insert(elsewhere));
    await storage.tenant(ann.tenantId).write(async ({ invitations }) => {
      for (const invitation of all) await invitations.insert(invitation);
      expect(await invitations.revokeFor(email, at(5))).toEqual(["open"]);
      expect(await invitations.revokeFor(email, at(6))).toEqual([]);
      expect((await invitations.find("open"))?.revokedAt).toEqual(at(5));
      expect((await invitations.find("another's"))?.revokedAt).toBeUndefined();
    });
    const other = storage.tenant(eve.tenantId);
    expect(await other.read(({ invitations }) => invitations.find("open"))).toEqual(elsewhere);
  });

  it("lists, names and counts the members of one tenant", async () => {
    const storage = await open();
    const [ann, eve] = [await found(storage, "ann"), await found(storage, "eve")];
    const bob = await join(storage, ann.tenantId, "viewer");
    const { read } = storage.tenant(ann.tenantId);
    const all = await read(({ members }) => members.list({ limit: 9 }));
    expect(all.map(({ username }) => username)).toEqual(["ann", bob.username].sort());
    expect(all[0]).toMatchObject({ role: "admin", joinedAt: expect.any(Date), tenantName: "ann's tenant" });
    const rest = await read(({ members }) => members.list({ limit: 9, after: "ann" }));
    expect(rest.map(({ username }) => username)).toEqual([bob.username]);
    expect(await read(({ members }) => members.findByName(bob.username))).toMatchObject({ role: "viewer" });
    expect(await read(({ members }) => members.findByName(eve.username))).toBeUndefined();
    expect(await read(({ members }) => members.countAdmins())).toBe(1);
  });

  it("renames one tenant", async () => {
    const storage = await open();
    const [ann, eve] = [await found(storage), await found(storage)];
    await storage.directory.write((directory) => directory.renameTenant(ann.tenantId, "Renamed"));
    const nameOf = ({ tenantId, userId }: Founded) =>
      storage.directory.read(async (directory) => (await directory.findMember(tenantId, userId))?.tenantName);
    expect(await nameOf(ann)).toBe("Renamed");
    expect(await nameOf(eve)).toBe(`${eve.username}'s tenant`);
  });
}
