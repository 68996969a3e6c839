import { expect, it } from "vitest";
import type { Storage } from "../../src/domain/ports/storage.ts";
import { at, type Founded, found, newKey, type OpenStorage, store } from "./fixtures.ts";
import { granted } from "./oauth-contract.ts";
import { newSession } from "./session-contract.ts";

/** What somebody of two tenants has in each: a statement that forgets the tenant meets their other self. */
export function memberOfTwoContract(open: OpenStorage): void {
  it("knows somebody of two tenants in each by that tenant's name, role, key and settings", async () => {
    const storage = await open();
    const selves = await memberOfTwo(storage);
    const [, there] = selves;
    await storage.tenant(there.tenantId).write(({ history }) => history.setEnabled(there.userId, false));
    for (const self of selves) {
      const { tenantId, userId, role } = self;
      const key = newKey(self);
      await storage.tenant(tenantId).write(({ keys }) => keys.insert(key));
      await storage.directory.read(async ({ findKey, findMember }) => {
        expect(await findKey(key.secretHash)).toMatchObject({ member: self });
        expect(await findMember(tenantId, userId)).toMatchObject(self);
      });
      await storage.tenant(tenantId).read(async ({ members, history }) => {
        expect(await members.find(userId)).toMatchObject(self);
        expect(await history.isEnabled(userId)).toBe(role === "admin");
      });
    }
  });

  it("lets a session and a grant act in the tenant that they are for, with the role there", async () => {
    const storage = await open();
    for (const self of await memberOfTwo(storage)) {
      const session = newSession(self);
      const grant = await granted(storage, self);
      await storage.directory.write(async ({ sessions, oauth }) => {
        await sessions.insert(session);
        expect((await sessions.findByFamily(session.refresh!.familyHash))?.member).toMatchObject(self);
        expect((await sessions.findMember(session))?.member).toMatchObject(self);
        expect(await oauth.findGrantor(grant.id)).toMatchObject(self);
      });
    }
  });

  it("renews a session in its own tenant, where the other has one with the same id", async () => {
    const storage = await open();
    const selves = await memberOfTwo(storage);
    const [here, there] = [newSession(selves[0], { id: "same" }), newSession(selves[1], { id: "same" })];
    await storage.directory.write(async ({ sessions }) => {
      await sessions.insert(here);
      await sessions.insert(there);
      await sessions.renew({ ...there, lastUsedAt: at(5) });
      const used = await sessions.listOf(here.userId, at(0));
      expect(used.map(({ tenantId, lastUsedAt }) => [tenantId, lastUsedAt])).toEqual([
        [there.tenantId, at(5)],
        [here.tenantId, at(0)],
      ]);
    });
  });

  it("puts foremost what they pinned or what is used here, of prompts with the same ids", async () => {
    const storage = await open();
    const [here, there] = await memberOfTwo(storage);
    const [pinned, used] = [await store(storage, here), await store(storage, here)];
    for (const { id } of [pinned, used]) await store(storage, there, { id });
    const use = { promptId: used.id, day: "2025-01-02", version: 1, label: "", renders: 1, reads: 0 };
    await storage.tenant(here.tenantId).write(async ({ favourites, uses }) => {
      await favourites.add(here.userId, pinned.id, at(1));
      await uses.add([use]);
    });
    const foremostIn = ({ tenantId, userId }: Self) =>
      storage.tenant(tenantId).read(async ({ prompts }) => {
        const page = { filter: {}, userId, since: "2025-01-01", limit: 9 };
        const foremost = (await prompts.foremost(page)).map(({ id }) => id);
        return { foremost, pinned: await prompts.findIds({ favouriteOf: userId }) };
      });
    expect(await foremostIn(here)).toEqual({ foremost: [pinned.id, used.id], pinned: [pinned.id] });
    expect(await foremostIn(there)).toEqual({ foremost: [], pinned: [] });
  });

  it("does a call once in each tenant, under the same key", async () => {
    const storage = await open();
    const [here, there] = await memberOfTwo(storage);
    const attempt = { keyHash: "key", attempt: "first" };
    const call = {
      ...attempt,
      userId: here.userId,
      fingerprint: "print",
      startedAt: at(1),
      expiresAt: at(9),
    };
    const stateIn = ({ tenantId, userId }: Self) =>
      storage.tenant(tenantId).read(async ({ once }) => (await once.find(userId, "key"))?.state);
    for (const { tenantId } of [here, there])
      await storage.tenant(tenantId).write(({ once }) => once.begin(call));
    const inThere = storage.tenant(there.tenantId);
    await inThere.write(({ once }) => once.settle(call.userId, attempt, { kind: "prompt", id: "p" }));
    expect([await stateIn(here), await stateIn(there)]).toEqual(["running", "settled"]);
    await inThere.write(({ once }) => once.answer(call.userId, attempt, "{}"));
    expect([await stateIn(here), await stateIn(there)]).toEqual(["running", "answered"]);
    await inThere.write(({ once }) => once.sweep(at(9)));
    expect([await stateIn(here), await stateIn(there)]).toEqual(["running", undefined]);
    await inThere.write(({ once }) => once.begin(call));
    await inThere.write(({ once }) => once.abandon(call.userId, attempt));
    expect([await stateIn(here), await stateIn(there)]).toEqual(["running", undefined]);
  });
}

interface Self {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly userId: string;
  readonly role: "admin" | "viewer";
}

/** Founds two tenants; whoever founded the first is a viewer in the second. */
async function memberOfTwo(storage: Storage): Promise<[Self, Self]> {
  const [ann, host] = [await found(storage), await found(storage)];
  await storage.tenant(host.tenantId).write(({ members }) => members.add(ann.userId, "viewer"));
  const selfIn = ({ tenantId, username }: Founded, role: Self["role"]) => ({
    tenantId,
    tenantName: `${username}'s tenant`,
    userId: ann.userId,
    role,
  });
  return [selfIn(ann, "admin"), selfIn(host, "viewer")];
}
