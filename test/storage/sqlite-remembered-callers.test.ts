import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { DirectoryStore, Storage } from "../../src/domain/ports/storage.ts";
import { at, found, join, newKey } from "./fixtures.ts";
import { newSession } from "./session-contract.ts";
import { openTemp, tempFile } from "./temp-sqlite.ts";

/** Two processes at one library, as far as SQLite is concerned: connections that know nothing of each other. */
async function openTwice(): Promise<[Storage, Storage]> {
  const file = await tempFile();
  return [await openTemp({ file }), await openTemp({ file })];
}

async function world(storage: Storage) {
  const { tenantId } = await found(storage);
  const member = await join(storage, tenantId, "developer");
  const key = newKey(member);
  const session = newSession(member);
  const grantId = randomUUID();
  await storage.directory.write(async (directory) => {
    const store = directory.tenant(tenantId);
    await store.keys.insert(key);
    await directory.sessions.insert(session);
    await store.clientGrants.add({
      id: grantId,
      userId: member.userId,
      client: { id: "https://app.example/client", name: "App" },
      scopes: ["prompts:read"],
      createdAt: at(0),
      expiresAt: at(9),
    });
  });
  const asked = async ({ findKey, sessions, oauth }: DirectoryStore) => ({
    key: await findKey(key.secretHash),
    session: await sessions.findMember(session),
    consent: await oauth.findGrantor(grantId),
  });
  return { tenantId, member, key, session, grantId, asked };
}

describe("who calls, as SQLite remembers it", () => {
  it("is the same object again while nothing is committed", async () => {
    const [here] = await openTwice();
    const { asked } = await world(here);
    const first = await here.directory.read(asked);
    const again = await here.directory.read(asked);
    expect(first).toMatchObject({ key: {}, session: {}, consent: {} });
    expect(again.key).toBe(first.key);
    expect(again.session).toBe(first.session);
    expect(again.consent).toBe(first.consent);
  });

  it.each(["this process", "another process"])("is looked up anew after a change by %s", async (who) => {
    const [here, there] = await openTwice();
    const writing = who === "this process" ? here : there;
    const { tenantId, member, key, session, grantId, asked } = await world(here);
    const ask = () => here.directory.read(asked);
    expect(await ask()).toMatchObject({
      key: { member: { role: "developer" } },
      session: { member: { role: "developer" } },
      consent: { role: "developer" },
    });

    await writing.tenant(tenantId).write(({ members }) => members.setRole(member.userId, "viewer"));
    expect(await ask()).toMatchObject({
      key: { member: { role: "viewer" } },
      session: { member: { role: "viewer" } },
      consent: { role: "viewer" },
    });

    await writing.tenant(tenantId).write(({ keys }) => keys.revoke(key.id, at(5)));
    expect((await ask()).key?.key.revokedAt).toEqual(at(5));

    await writing.directory.write(async ({ sessions, oauth }) => {
      await sessions.end(member.userId, session.id);
      await oauth.endGrant(grantId);
    });
    expect(await ask()).toMatchObject({ session: undefined, consent: undefined });

    await writing.tenant(tenantId).write(({ members }) => members.remove(member.userId));
    expect((await ask()).key).toBeUndefined();
  });

  it("is known as soon as it is there, though it was asked for before", async () => {
    const [here, there] = await openTwice();
    const member = await found(here);
    const key = newKey(member);
    const ask = () => here.directory.read(({ findKey }) => findKey(key.secretHash));
    expect(await ask()).toBeUndefined();
    await there.tenant(member.tenantId).write(({ keys }) => keys.insert(key));
    expect(await ask()).toMatchObject({ key: { id: key.id } });
  });

  it("is read within a write as that has left it so far", async () => {
    const [here] = await openTwice();
    const { tenantId, member, key } = await world(here);
    await here.directory.write(async (store) => {
      await store.findKey(key.secretHash);
      await store.tenant(tenantId).members.setRole(member.userId, "viewer");
      expect((await store.findKey(key.secretHash))?.member.role).toBe("viewer");
    });
  });
});
