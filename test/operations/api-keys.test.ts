import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissionsOf, ROLES, type Role, SCOPES, type Scope } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

const HOUR_MS = 60 * 60 * 1000;

let library: Library;
let time = new Date("2030-01-01T00:00:00Z").getTime();
let serial = 0;

beforeAll(async () => {
  library = await openLibrary({ now: () => new Date(time) });
});
afterAll(() => library.close());

const authenticate = (secret: string) => library.app.services.authentication.authenticate(secret);
const refused = { code: "unauthenticated" };

async function withKey(secret: string, name: string, input: object = {}): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return library.app.run(operation, input, { authenticate: () => authenticate(secret), requestId: "test" });
}

function someone(): Promise<TestMember> {
  serial += 1;
  return library.found(`keeper${serial}`);
}

describe("create_api_key with scopes", () => {
  it("makes a key that may do these and ask who it is, and nothing else", async () => {
    const owner = await someone();
    const { secret, scopes } = await owner.call("create_api_key", {
      name: "reader",
      scopes: ["prompts:read"],
    });
    expect(scopes).toEqual(["prompts:read"]);
    expect((await withKey(secret, "whoami")).permissions).toEqual(["self", "prompts:read"]);
    await withKey(secret, "list_prompts");
    await expect(withKey(secret, "create_prompt", { content: "x" })).rejects.toMatchObject({
      code: "forbidden",
      details: { scope: ["prompts:read", "prompts:write"] },
    });
  });

  it("makes a key that does nothing of its owner's own: keys, sessions, search history", async () => {
    const owner = await someone();
    const { id, secret } = await owner.call("create_api_key", { name: "all scopes", scopes: [...SCOPES] });
    await owner.call("search_prompts", { query: "something private" });
    for (const [name, input] of Object.entries({
      create_api_key: { name: "x" },
      list_api_keys: {},
      rotate_api_key: { id },
      revoke_api_key: { id },
      get_search_history: {},
      clear_search_history: {},
      set_search_history: { enabled: false },
      list_sessions: {},
      sign_out_everywhere: {},
    })) {
      await expect(withKey(secret, name, input), name).rejects.toMatchObject({ code: "forbidden" });
    }
    expect((await owner.call("get_search_history")).items).toHaveLength(1);
  });

  it("refuses a scope that the role does not have, by name", async () => {
    const host = await someone();
    const developer = await library.join(host, `scoped-${serial}`, "developer");
    await expect(
      developer.call("create_api_key", { name: "x", scopes: ["prompts:read", "tenant:admin"] }),
    ).rejects.toMatchObject({ code: "invalid_input", details: { scopes: ["tenant:admin"] } });
  });

  it("leaves a key what its owner has lost since", async () => {
    const host = await someone();
    const developer = await library.join(host, `demoted-${serial}`, "developer");
    const { secret } = await developer.call("create_api_key", {
      name: "writer",
      scopes: ["prompts:read", "prompts:write"],
    });
    const { tenantId, userId } = developer.caller;
    await library.app.storage.tenant(tenantId).write((store) => store.members.setRole(userId, "viewer"));
    expect([...(await authenticate(secret)).permissions]).toEqual(["self", "prompts:read"]);
  });

  it("never gives more than the maker has, down any chain of keys and rotations", async () => {
    const host = await someone();
    const step = fc.record({
      role: fc.option(fc.constantFrom(...ROLES), { nil: undefined }),
      scopes: fc.option(fc.uniqueArray(fc.constantFrom(...SCOPES), { minLength: 1 }), { nil: undefined }),
      rotate: fc.boolean(),
    });
    const chain = fc.record({
      role: fc.constantFrom(...ROLES),
      steps: fc.array(step, { minLength: 1, maxLength: 4 }),
    });
    let n = 0;
    await fc.assert(
      fc.asyncProperty(
        chain,
        async ({
          role,
          steps,
        }: {
          role: Role;
          steps: { role?: Role | undefined; scopes?: Scope[] | undefined; rotate: boolean }[];
        }) => {
          n += 1;
          const member = await library.join(host, `chain-${serial}-${n}`, role);
          let held = permissionsOf(role);
          let make = (input: object) => member.call("create_api_key", input);
          for (const { rotate, ...input } of steps) {
            const made = await make({ name: "link", ...input }).catch(() => undefined);
            if (made === undefined) return;
            const { secret } = rotate ? await member.call("rotate_api_key", { id: made.id }) : made;
            const { permissions } = await authenticate(secret);
            for (const permission of permissions) expect(held.has(permission)).toBe(true);
            held = permissions;
            make = (next) => withKey(secret, "create_api_key", next);
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("a key for an agent", () => {
  it("says so, and so do all that are made with it", async () => {
    const owner = await someone();
    const { agent, secret } = await owner.call("create_api_key", { name: "agent", agent: true });
    const child = await withKey(secret, "create_api_key", { name: "child", agent: false });
    expect([agent, child.agent]).toEqual([true, true]);
    expect((await authenticate(child.secret)).key?.agent).toBe(true);
    expect((await owner.call("create_api_key", { name: "script" })).agent).toBe(false);
  });
});

describe("rotate_api_key", () => {
  it("gives a new secret; the old one is good for the hours asked for, and dead after them", async () => {
    const owner = await someone();
    const made = await owner.call("create_api_key", { name: "ci", role: "viewer", scopes: ["prompts:read"] });
    const rotated = await owner.call("rotate_api_key", { id: made.id, overlap_hours: 2 });
    expect(rotated.secret).not.toBe(made.secret);
    expect(rotated).toMatchObject({
      id: made.id,
      role: "viewer",
      scopes: ["prompts:read"],
      old_secret_until: new Date(time + 2 * HOUR_MS).toISOString(),
    });
    expect(rotated.secret.startsWith(rotated.prefix)).toBe(true);
    time += 2 * HOUR_MS - 1;
    const [old, fresh] = [await authenticate(made.secret), await authenticate(rotated.secret)];
    expect(old.permissions).toEqual(fresh.permissions);
    time += 1;
    await expect(authenticate(made.secret)).rejects.toMatchObject(refused);
    await authenticate(rotated.secret);
  });

  it("ends the old secret at once with no overlap, and the one before it with the next rotation", async () => {
    const owner = await someone();
    const first = await owner.call("create_api_key", { name: "ci" });
    const second = await owner.call("rotate_api_key", { id: first.id });
    const third = await owner.call("rotate_api_key", { id: first.id });
    await expect(authenticate(first.secret)).rejects.toMatchObject(refused);
    await authenticate(second.secret);
    await owner.call("rotate_api_key", { id: first.id, overlap_hours: 0 });
    for (const { secret } of [second, third])
      await expect(authenticate(secret)).rejects.toMatchObject(refused);
  });

  it("is for a key itself and what it made; the replaced secret makes neither keys nor secrets", async () => {
    const owner = await someone();
    const other = await owner.call("create_api_key", { name: "other" });
    const own = await owner.call("create_api_key", { name: "own" });
    const child = await withKey(own.secret, "create_api_key", { name: "child" });
    await expect(withKey(own.secret, "rotate_api_key", { id: other.id })).rejects.toMatchObject({
      code: "forbidden",
    });
    await withKey(own.secret, "rotate_api_key", { id: child.id });
    const rotated = await withKey(own.secret, "rotate_api_key", { id: own.id });
    for (const [name, input] of Object.entries({
      rotate_api_key: { id: own.id },
      create_api_key: { name: "x" },
    })) {
      await expect(withKey(own.secret, name, input), name).rejects.toMatchObject({ code: "forbidden" });
    }
    await withKey(rotated.secret, "create_api_key", { name: "x" });
  });

  it("does not bring back what has expired or was revoked, and keeps what was made with the key", async () => {
    const owner = await someone();
    const parent = await owner.call("create_api_key", { name: "parent", expires_in_days: 1 });
    const child = await withKey(parent.secret, "create_api_key", { name: "child" });
    await owner.call("rotate_api_key", { id: parent.id });
    await authenticate(child.secret);
    time += 24 * HOUR_MS;
    await expect(owner.call("rotate_api_key", { id: parent.id })).rejects.toMatchObject({ code: "conflict" });
    await owner.call("revoke_api_key", { id: parent.id });
    await expect(owner.call("rotate_api_key", { id: parent.id })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it("ends both secrets when the key is revoked", async () => {
    const owner = await someone();
    const made = await owner.call("create_api_key", { name: "ci" });
    const rotated = await owner.call("rotate_api_key", { id: made.id });
    await owner.call("revoke_api_key", { id: made.id });
    for (const { secret } of [made, rotated])
      await expect(authenticate(secret)).rejects.toMatchObject(refused);
  });
});

describe("list_tenant_keys and revoke_tenant_key", () => {
  it("show an admin everybody's keys, in pages that join without a gap, and end any of them", async () => {
    const admin = await someone();
    const developer = await library.join(admin, `dev-${serial}`, "developer");
    const theirs = await developer.call("create_api_key", { name: "theirs" });
    const child = await withKey(theirs.secret, "create_api_key", { name: "child" });
    for (const name of ["a", "b"]) await admin.call("create_api_key", { name });
    const listed: Answer[] = [];
    let cursor: string | undefined;
    do {
      const page = await admin.call("list_tenant_keys", { limit: 1, cursor });
      listed.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(listed.map(({ username, name }) => [username, name]).sort()).toEqual(
      [
        [admin.caller.username, "a"],
        [admin.caller.username, "b"],
        [developer.caller.username, "child"],
        [developer.caller.username, "theirs"],
      ].sort(),
    );
    expect(JSON.stringify(listed)).not.toContain(theirs.secret);
    await admin.call("revoke_tenant_key", { id: theirs.id });
    for (const { secret } of [theirs, child])
      await expect(authenticate(secret)).rejects.toMatchObject(refused);
    await expect(admin.call("revoke_tenant_key", { id: theirs.id })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  it.each(["developer", "reviewer", "viewer"] as const)("are not for a %s", async (role) => {
    const admin = await someone();
    const member = await library.join(admin, `curious-${role}-${serial}`, role);
    const { id } = await admin.call("create_api_key", { name: "the admin's" });
    await expect(member.call("list_tenant_keys")).rejects.toMatchObject({ code: "forbidden" });
    await expect(member.call("revoke_tenant_key", { id })).rejects.toMatchObject({ code: "forbidden" });
  });
});
