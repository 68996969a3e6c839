import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, PASSWORD, type TestMember } from "../support/library.ts";

let library: Library;
let time = new Date("2030-01-01T00:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

beforeAll(async () => {
  library = await openLibrary({ now: () => time });
});
afterAll(() => library.close());

let serial = 0;
const unique = (stem: string) => `${stem}${++serial}`;
const someone = () => library.found(unique("person"));

function anonymous(name: string, input: object, into = library): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return into.app.run(operation, input, {
    requestId: "test",
    authenticate: () => Promise.reject(new Error("A public operation asks for nobody")),
  });
}

const invite = (admin: TestMember, input: object = {}): Promise<Answer> =>
  admin.call("create_invitation", { role: "developer", ...input });
const usernames = async (admin: TestMember) =>
  (await admin.call("list_members")).items.map(({ username }: Answer) => username);

const invalid = { code: "not_found", message: expect.stringContaining("Ask for a new one") };

describe("create_invitation", () => {
  it("shows the code and its page once; list_invitations and preview_invitation tell the rest", async () => {
    const admin = await someone();
    const { id, code, link, expires_at } = await invite(admin, { role: "reviewer", expires_in_days: 3 });
    expect(code).toMatch(/^pfinvite_[\w-]{43}$/);
    expect(link).toContain(code);
    expect(new Date(expires_at).getTime() - time.getTime()).toBe(3 * DAY_MS);
    const { items } = await admin.call("list_invitations");
    expect(items).toMatchObject([{ id, role: "reviewer", email: null, inviter: admin.caller.username }]);
    expect(JSON.stringify(items)).not.toContain(code);
    expect(await anonymous("preview_invitation", { code })).toMatchObject({
      tenant: admin.caller.tenantName,
      inviter: admin.caller.username,
      role: "reviewer",
    });
  });

  it("is stored as a hash alone", async () => {
    const admin = await someone();
    const { code, id } = await invite(admin);
    const stored = await library.app.storage
      .tenant(admin.caller.tenantId)
      .read(({ invitations }) => invitations.find(id));
    expect(JSON.stringify(stored)).not.toContain(code);
    expect(stored?.secretHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is for admins, and gives no more than the credential holds", async () => {
    const admin = await someone();
    const developer = await library.join(admin, unique("developer"), "developer");
    await expect(invite(developer)).rejects.toMatchObject({ code: "forbidden" });
    const narrow = { ...admin.caller, permissions: new Set(["tenant:admin"] as const) };
    const beyond = library.app.services.invitations.create(narrow, { role: "admin", expiresInDays: 1 });
    await expect(beyond).rejects.toMatchObject({ code: "forbidden" });
  });

  it("lists the open ones in pages, newest first", async () => {
    const admin = await someone();
    const made: string[] = [];
    for (const _ of [1, 2, 3]) {
      made.unshift((await invite(admin)).id);
      time = new Date(time.getTime() + 1000);
    }
    const first = await admin.call("list_invitations", { limit: 2 });
    const second = await admin.call("list_invitations", { limit: 2, cursor: first.next_cursor });
    expect([...first.items, ...second.items].map(({ id }: Answer) => id)).toEqual(made);
    expect(second.next_cursor).toBeNull();
  });
});

describe("accept_invitation", () => {
  it("gives its role in its tenant, and leaves one's own", async () => {
    const [admin, guest] = [await someone(), await someone()];
    const { code } = await invite(admin, { role: "reviewer" });
    const { tenantId, tenantName } = admin.caller;
    expect(await guest.call("accept_invitation", { code, role: "admin" })).toEqual({
      tenant_id: tenantId,
      tenant: tenantName,
      role: "reviewer",
    });
    expect((await guest.call("list_tenants")).items).toEqual([
      { tenant_id: guest.caller.tenantId, tenant: guest.caller.tenantName, role: "admin", current: true },
      { tenant_id: tenantId, tenant: tenantName, role: "reviewer", current: false },
    ]);
    expect(await usernames(admin)).toContain(guest.caller.username);
    expect((await admin.call("list_invitations")).items).toEqual([]);
  });

  it("works once: 50 people at once, and one is admitted", async () => {
    const admin = await someone();
    const { code } = await invite(admin);
    const people: TestMember[] = [];
    while (people.length < 50) people.push(await someone());
    const outcomes = await Promise.allSettled(
      people.map((person) => person.call("accept_invitation", { code })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject(invalid);
    }
    expect(await usernames(admin)).toHaveLength(2);
  });

  it("says the same of what is used, revoked, expired, or no invitation at all", async () => {
    const [admin, guest, late] = [await someone(), await someone(), await someone()];
    const used = await invite(admin);
    await guest.call("accept_invitation", { code: used.code });
    const revoked = await invite(admin);
    await admin.call("revoke_invitation", { id: revoked.id });
    const expired = await invite(admin, { expires_in_days: 1 });
    time = new Date(time.getTime() + DAY_MS);
    for (const code of [used.code, revoked.code, expired.code, "pfinvite_nothing", used.id]) {
      await expect(late.call("accept_invitation", { code })).rejects.toMatchObject(invalid);
      await expect(anonymous("preview_invitation", { code })).rejects.toMatchObject(invalid);
    }
  });

  it("is not used up by somebody who is a member already", async () => {
    const [admin, guest] = [await someone(), await someone()];
    const { code } = await invite(admin);
    await expect(admin.call("accept_invitation", { code })).rejects.toMatchObject({ code: "conflict" });
    await guest.call("accept_invitation", { code });
  });

  it("is nothing for an API key", async () => {
    const [admin, guest] = [await someone(), await someone()];
    const { code } = await invite(admin);
    const caller = await library.app.services.authentication.authenticate(await guest.key());
    const accepted = library.app.services.invitations.accept({ ...caller, call: guest.caller.call }, code);
    await expect(accepted).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("an invitation at the door", () => {
  it("makes register join its tenant instead of founding one, whatever role is asked for", async () => {
    const admin = await someone();
    const { code } = await invite(admin, { role: "viewer" });
    const username = unique("newcomer");
    const joined = await anonymous("register", {
      username,
      password: PASSWORD,
      invitation: code,
      role: "admin",
    });
    expect(joined).toMatchObject({ username, tenant_id: admin.caller.tenantId, role: "viewer" });
    const signedIn = await anonymous("login", { username, password: PASSWORD });
    expect(signedIn).toMatchObject({ tenant_id: admin.caller.tenantId, role: "viewer" });
  });

  it("leaves no account behind when it is not valid", async () => {
    const input = { username: unique("newcomer"), password: PASSWORD, invitation: "pfinvite_nothing" };
    await expect(anonymous("register", input)).rejects.toMatchObject(invalid);
    await expect(anonymous("login", input)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("does not go with the name of a tenant to found", async () => {
    const { code } = await invite(await someone());
    const input = { username: unique("newcomer"), password: PASSWORD, invitation: code, tenant: "Mine" };
    await expect(anonymous("register", input)).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("opens a server that is closed to others", async () => {
    const closed = await openLibrary({ environment: { PROMPTFORGE_REGISTRATION: "closed" } });
    try {
      const admin = await closed.found("admin");
      const { code } = await invite(admin);
      const input = { username: "newcomer", password: PASSWORD };
      await expect(anonymous("register", input, closed)).rejects.toMatchObject({ code: "forbidden" });
      await anonymous("register", { ...input, invitation: code }, closed);
      await expect(admin.call("create_tenant", { name: "Another" })).rejects.toMatchObject({
        code: "forbidden",
      });
    } finally {
      await closed.close();
    }
  });

  it("lets somebody sign in who is not a member of anything any more", async () => {
    const [admin, guest] = [await someone(), await someone()];
    const { tenantId, userId, username } = guest.caller;
    await library.app.storage.tenant(tenantId).write(({ members }) => members.remove(userId));
    const { code } = await invite(admin, { role: "viewer" });
    const wrong = { username, password: "not the password", invitation: code };
    await expect(anonymous("login", wrong)).rejects.toMatchObject({ code: "unauthenticated" });
    const signedIn = await anonymous("login", { username, password: PASSWORD, invitation: code });
    expect(signedIn).toMatchObject({ tenant_id: admin.caller.tenantId, role: "viewer" });
  });
});

describe("revoke_invitation", () => {
  it("ends one that is open, once, and none of another tenant's", async () => {
    const [admin, stranger] = [await someone(), await someone()];
    const { id } = await invite(admin);
    await expect(stranger.call("revoke_invitation", { id })).rejects.toMatchObject({ code: "not_found" });
    await admin.call("revoke_invitation", { id });
    await expect(admin.call("revoke_invitation", { id })).rejects.toMatchObject({ code: "not_found" });
  });
});
