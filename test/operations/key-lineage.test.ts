import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let time = new Date("2030-01-01T00:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

beforeAll(async () => {
  library = await openLibrary({ now: () => time });
});
afterAll(() => library.close());

const authenticate = (secret: string) => library.app.services.authentication.authenticate(secret);

/** Calls operations with a key, as a program does that holds one. */
async function withKey(secret: string, name: string, input: object = {}): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return library.app.run(operation, input, { authenticate: () => authenticate(secret), requestId: "test" });
}

const make = (secret: string, input: object = {}) =>
  withKey(secret, "create_api_key", { name: "made", role: "viewer", ...input });
const revoke = (secret: string, id: string) => withKey(secret, "revoke_api_key", { id });
const refused = { code: "unauthenticated" };

let serial = 0;
async function someone(): Promise<TestMember> {
  serial += 1;
  return library.found(`owner${serial}`);
}

describe("a key made with a key", () => {
  it("names its maker; one made by a person names none", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent" });
    const child = await make(parent.secret);
    expect([parent.made_by, child.made_by]).toEqual([null, parent.id]);
  });

  it("expires with its maker, or before, and never after", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent", expires_in_days: 2 });
    expect((await make(parent.secret)).expires_at).toBe(parent.expires_at);
    expect((await make(parent.secret, { expires_in_days: 1 })).expires_at < parent.expires_at).toBe(true);
    await expect(make(parent.secret, { expires_in_days: 3 })).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining(parent.expires_at),
    });
    const { secret } = await make(parent.secret);
    time = new Date(time.getTime() + 2 * DAY_MS);
    await expect(authenticate(secret)).rejects.toMatchObject(refused);
  });

  it("may do no more than its maker", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent", role: "viewer" });
    await expect(make(parent.secret, { role: "developer" })).rejects.toMatchObject({ code: "forbidden" });
  });

  it("ends with its maker, however far down, and nothing else does", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent" });
    const sibling = await owner.call("create_api_key", { name: "sibling" });
    const child = await make(parent.secret);
    const grandchild = await make(child.secret);
    const siblings = await make(sibling.secret);
    await owner.call("revoke_api_key", { id: parent.id });
    for (const { secret } of [parent, child, grandchild]) {
      await expect(authenticate(secret)).rejects.toMatchObject(refused);
    }
    for (const { secret } of [sibling, siblings]) await authenticate(secret);
    expect((await owner.call("list_api_keys")).items.map(({ id }: Answer) => id).sort()).toEqual(
      [sibling.id, siblings.id].sort(),
    );
  });

  it("is not made when its maker was revoked while the call was under way", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent" });
    const caller = { ...(await authenticate(parent.secret)), call: localCall("create_api_key") };
    await owner.call("revoke_api_key", { id: parent.id });
    await expect(library.app.services.apiKeys.create(caller, { name: "late" })).rejects.toMatchObject(
      refused,
    );
    expect((await owner.call("list_api_keys")).items).toEqual([]);
  });
});

describe("revoking with a key", () => {
  it("reaches the key itself and what was made with it, and no other key of its owner", async () => {
    const owner = await someone();
    const other = await owner.call("create_api_key", { name: "other", role: "viewer" });
    const parent = await owner.call("create_api_key", { name: "parent" });
    const child = await make(parent.secret);
    const grandchild = await make(child.secret);
    for (const id of [other.id, parent.id]) {
      await expect(revoke(child.secret, id)).rejects.toMatchObject({ code: "forbidden" });
    }
    await revoke(parent.secret, grandchild.id);
    await revoke(child.secret, child.id);
    for (const { secret } of [child, grandchild]) {
      await expect(authenticate(secret)).rejects.toMatchObject(refused);
    }
    for (const { secret } of [other, parent]) await authenticate(secret);
  });

  it("finds another member's key as little as one that is not there", async () => {
    const [owner, stranger] = [await someone(), await someone()];
    const own = await owner.call("create_api_key", { name: "own" });
    const theirs = await stranger.call("create_api_key", { name: "theirs" });
    for (const id of [theirs.id, "nothing"]) {
      await expect(revoke(own.secret, id)).rejects.toMatchObject({ code: "not_found" });
    }
  });

  it("is a person's right for all of theirs", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent" });
    const child = await make(parent.secret);
    await owner.call("revoke_api_key", { id: child.id });
    await authenticate(parent.secret);
    await expect(authenticate(child.secret)).rejects.toMatchObject(refused);
  });
});
