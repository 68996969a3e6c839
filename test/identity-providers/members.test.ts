import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type OutsideIssuer, startIssuer } from "./issuer.ts";
import { type GivenProvider, openWorld, type World } from "./world.ts";

let issuer: OutsideIssuer;
let world: World | undefined;

beforeAll(async () => {
  issuer = await startIssuer();
});
afterEach(async () => {
  await world?.close();
  world = undefined;
});
afterAll(() => issuer.close());

async function given(provider: GivenProvider | ((ids: World["tenantIds"]) => GivenProvider)): Promise<World> {
  world = await openWorld(issuer, provider);
  return world;
}

/** Claims of a token that is older than another by some seconds. */
function issued(secondsAgo: number): Record<string, unknown> {
  return { iat: Math.floor(Date.now() / 1000) - secondsAgo };
}

describe("joining just in time", () => {
  it("is off unless it is set: nobody new comes in, and nothing is written", async () => {
    const { bearer, app } = await given({ tenants: ["ann"] });
    const ada = await bearer({ sub: "ada", preferred_username: "ada" });
    const reply = await ada("GET", "/v1/whoami");
    expect(reply.status).toBe(403);
    expect(reply.body).toMatchObject({
      code: "forbidden",
      detail: expect.stringContaining("Acme opens no tenant"),
    });
    const { user, linked } = await app.storage.directory.read(async (store) => ({
      user: await store.findUserByName("ada"),
      linked: await store.identities.find(issuer.url, "ada"),
    }));
    expect({ user, linked }).toEqual({ user: undefined, linked: undefined });
  });

  it("makes a viewer of whoever the issuer knows, once, without a password, and in the audit", async () => {
    const { bearer, app, stranger, tenantIds } = await given({ tenants: ["ann"], just_in_time: true });
    const ada = await bearer({ sub: "ada-1", preferred_username: "Ada@acme.example" });
    const replies = await Promise.all(Array.from({ length: 8 }, () => ada("GET", "/v1/whoami")));
    for (const { body } of replies) {
      expect(body).toMatchObject({
        username: "ada@acme.example",
        role: "viewer",
        credential: "provider_token",
      });
    }
    expect(new Set(replies.map(({ body }) => body.user_id)).size).toBe(1);
    const { items } = await auditOf(app, tenantIds.ann);
    expect(items).toMatchObject([
      {
        operation: "sign_in_with_identity_provider",
        target: { kind: "member", id: replies[0]!.body.user_id },
      },
    ]);
    expect(JSON.parse(items[0]!.details)).toEqual({ role: "viewer", identity_provider: "acme" });
    for (const password of ["", "correct horse battery staple"]) {
      const login = await stranger("POST", "/v1/auth/login", {
        json: { username: "ada@acme.example", password },
      });
      expect([400, 401]).toContain(login.status);
    }
  });

  it("gives a name of its own where the claimed one is somebody else's, or is none", async () => {
    const { bearer } = await given({ tenants: ["ann"], just_in_time: true });
    const taken = await (await bearer({ sub: "ann-2", preferred_username: "ann" }))("GET", "/v1/whoami");
    expect(taken.body).toMatchObject({
      username: expect.stringMatching(/^ann-[0-9a-f]{12}$/),
      role: "viewer",
    });
    const nameless = await (await bearer({ sub: "x", preferred_username: "<script>" }))("GET", "/v1/whoami");
    expect(nameless.body.username).toMatch(/^acme-[0-9a-f]{12}$/);
  });

  it("does not bring back whom an admin has removed, until they are added again", async () => {
    const { bearer, app, tenantIds } = await given({ tenants: ["ann"], just_in_time: true });
    const ada = await bearer({ sub: "ada", preferred_username: "ada" });
    const { body } = await ada("GET", "/v1/whoami");
    const tenant = app.storage.tenant(tenantIds.ann);
    await tenant.write((store) => store.members.remove(body.user_id));
    expect((await ada("GET", "/v1/whoami")).status).toBe(403);
    expect((await (await bearer({ sub: "ada" }))("GET", "/v1/whoami")).status).toBe(403);
    await tenant.write((store) => store.members.add(body.user_id, "developer"));
    expect((await ada("GET", "/v1/whoami")).body).toMatchObject({ user_id: body.user_id, role: "developer" });
  });

  it("keeps to the tenant's quota of members, and leaves nobody behind whom it keeps out", async () => {
    const { bearer, app, tenantIds } = await given({ tenants: ["ann"], just_in_time: true });
    await app.storage.tenant(tenantIds.ann).write((store) => store.quotas.setOverrides({ members: 4 }));
    expect((await (await bearer({ sub: "a", preferred_username: "ada" }))("GET", "/v1/whoami")).status).toBe(
      200,
    );
    const reply = await (await bearer({ sub: "b", preferred_username: "bob" }))("GET", "/v1/whoami");
    expect(reply.body).toMatchObject({ code: "quota_exceeded" });
    expect(await app.storage.directory.read((store) => store.findUserByName("bob"))).toBeUndefined();
  });

  it("does not happen in a tenant that is not there", async () => {
    const { bearer } = await given({ tenants: ["nowhere"], just_in_time: true });
    expect((await (await bearer({ sub: "ada" }))("GET", "/v1/whoami")).status).toBe(403);
  });
});

describe("the tenants of an issuer", () => {
  it("are those that it is bound to, whatever its tokens claim", async () => {
    const { bearer, app, tenantIds } = await given({
      tenants: ["ann"],
      just_in_time: true,
    });
    const claims = { sub: "ada", tenant_id: tenantIds.ben, tenant: tenantIds.ben, org: tenantIds.ben };
    expect((await (await bearer(claims))("GET", "/v1/whoami")).body.tenant_id).toBe(tenantIds.ann);
    const { items } = await auditOf(app, tenantIds.ben);
    expect(items).toEqual([]);
  });

  it("are not opened by a link alone: a member of another tenant is a stranger there", async () => {
    const { bearer, app, tenantIds } = await given({ tenants: ["ann"], just_in_time: true });
    const ada = await bearer({ sub: "ada", preferred_username: "ada" });
    const { user_id } = (await ada("GET", "/v1/whoami")).body;
    await app.storage.tenant(tenantIds.ben).write((store) => store.members.add(user_id, "admin"));
    await app.storage.tenant(tenantIds.ann).write((store) => store.members.remove(user_id));
    const reply = await ada("GET", "/v1/whoami");
    expect(reply.status).toBe(403);
    expect(reply.text).not.toContain(tenantIds.ben);
  });

  it("are chosen by a claim where one is mapped, and a claim that is not mapped opens nothing", async () => {
    const { bearer, tenantIds } = await given((ids) => ({
      tenants: ["ann", "ben"],
      just_in_time: true,
      tenant: { claim: ["org", "id"], values: { "acme-a": ids.ann, "acme-b": ids.ben } },
    }));
    const at = async (id: unknown) => (await bearer({ sub: "ada", org: { id } }))("GET", "/v1/whoami");
    expect((await at("acme-a")).body.tenant_id).toBe(tenantIds.ann);
    expect((await at("acme-b")).body.tenant_id).toBe(tenantIds.ben);
    for (const id of ["acme-c", tenantIds.ann, "__proto__", "constructor", undefined, 7, [["acme-a"]], {}]) {
      expect((await at(id)).status).toBe(403);
    }
    const both = await at(["acme-a", "acme-b"]);
    expect(both.status).toBe(403);
    expect(both.body.detail).toContain("does not say which");
  });
});

describe("roles", () => {
  const role = {
    claim: "groups",
    values: { "pf-admins": "admin", "pf-writers": "developer", "pf-readers": "viewer" },
  };

  it("follow the groups where they are mapped, the first in the order of roles", async () => {
    const { bearer } = await given({ tenants: ["ann"], just_in_time: true, role });
    const roleWith = async (sub: string, groups: unknown) =>
      (await (await bearer({ sub, groups }))("GET", "/v1/whoami")).body.role;
    expect(await roleWith("a", ["pf-readers", "pf-writers", "others"])).toBe("developer");
    expect(await roleWith("b", "pf-admins")).toBe("admin");
    expect(await roleWith("c", ["pf-readers"])).toBe("viewer");
  });

  it("keep out whoever has no group that is mapped, unless there is a role for them", async () => {
    const { bearer } = await given({ tenants: ["ann"], just_in_time: true, role });
    const reply = await (await bearer({ sub: "a", groups: ["others"] }))("GET", "/v1/whoami");
    expect(reply.status).toBe(403);
    expect(reply.body.detail).toContain("no role here");
    await world?.close();
    const lenient = await given({
      tenants: ["ann"],
      just_in_time: true,
      role: { ...role, otherwise: "reviewer" },
    });
    expect((await (await lenient.bearer({ sub: "a" }))("GET", "/v1/whoami")).body.role).toBe("reviewer");
  });

  it("change with the newest token, are written to the audit, and an older token takes nothing back", async () => {
    const { bearer, app, tenantIds } = await given({ tenants: ["ann"], just_in_time: true, role });
    const asAdmin = await bearer({ sub: "a", groups: ["pf-admins"], ...issued(60) });
    const asReader = await bearer({ sub: "a", groups: ["pf-readers"], ...issued(10) });
    expect((await asAdmin("GET", "/v1/audit")).status).toBe(200);
    expect((await asReader("GET", "/v1/whoami")).body.role).toBe("viewer");
    // Its claims say more than is true now.
    expect((await asAdmin("GET", "/v1/whoami")).body.role).toBe("viewer");
    expect((await asAdmin("GET", "/v1/audit")).status).toBe(403);
    const { items } = await auditOf(app, tenantIds.ann);
    expect(items.map(({ details }) => JSON.parse(details))).toEqual([
      { role: "viewer", before: "admin", identity_provider: "acme" },
      { role: "admin", identity_provider: "acme" },
    ]);
  });

  it("of an older token limit its own call", async () => {
    const { bearer } = await given({ tenants: ["ann"], just_in_time: true, role });
    const asReader = await bearer({ sub: "a", groups: ["pf-readers"], ...issued(60) });
    const asAdmin = await bearer({ sub: "a", groups: ["pf-admins"], ...issued(10) });
    expect((await asAdmin("GET", "/v1/audit")).status).toBe(200);
    expect((await asReader("GET", "/v1/audit")).status).toBe(403);
    expect((await asAdmin("GET", "/v1/audit")).status).toBe(200);
  });

  it("leave a tenant its last admin, whose calls are limited all the same", async () => {
    const { bearer, app, tenantIds } = await given({
      tenants: ["ben"],
      role,
      link_by_username: true,
    });
    const ben = { sub: "ben-1", preferred_username: "ben" };
    const asReader = await bearer({ ...ben, groups: ["pf-readers"] });
    expect((await asReader("GET", "/v1/audit")).status).toBe(403);
    const admins = await app.storage.tenant(tenantIds.ben).read((store) => store.members.countAdmins());
    expect(admins).toBe(1);
    const asAdmin = await bearer({ ...ben, groups: ["pf-admins"] });
    expect((await asAdmin("GET", "/v1/audit")).status).toBe(200);
  });

  it("stay an admin's business where none are mapped", async () => {
    const { bearer, app, tenantIds } = await given({ tenants: ["ann"], just_in_time: true });
    const ada = await bearer({ sub: "ada", groups: ["pf-admins"], role: "admin" });
    const { user_id, role: first } = (await ada("GET", "/v1/whoami")).body;
    expect(first).toBe("viewer");
    await app.storage.tenant(tenantIds.ann).write((store) => store.members.setRole(user_id, "developer"));
    expect((await ada("GET", "/v1/whoami")).body.role).toBe("developer");
  });
});

describe("linking by username", () => {
  it("takes whoever is new to the issuer for the member of that name, where it is set", async () => {
    const { bearer, app, tenantIds } = await given({ tenants: ["ann"], link_by_username: true });
    const ash = await bearer({ sub: "1", preferred_username: "ASH" });
    expect((await ash("GET", "/v1/whoami")).body).toMatchObject({ username: "ash", role: "viewer" });
    const { items } = await auditOf(app, tenantIds.ann);
    expect(items.map(({ details }) => JSON.parse(details))).toEqual([
      { identity_provider: "acme", linked: true },
    ]);
    // From now on by the subject, whatever the name is.
    expect(
      (await (await bearer({ sub: "1", preferred_username: "ann" }))("GET", "/v1/whoami")).body.username,
    ).toBe("ash");
  });

  it("does not happen unless it is set", async () => {
    const { bearer } = await given({ tenants: ["ann"] });
    expect((await (await bearer({ sub: "1", preferred_username: "ash" }))("GET", "/v1/whoami")).status).toBe(
      403,
    );
  });

  it("does not give somebody's account to the next who bears the name", async () => {
    const { bearer } = await given({ tenants: ["ann"], link_by_username: true });
    expect((await (await bearer({ sub: "1", preferred_username: "ash" }))("GET", "/v1/whoami")).status).toBe(
      200,
    );
    expect((await (await bearer({ sub: "2", preferred_username: "ash" }))("GET", "/v1/whoami")).status).toBe(
      403,
    );
  });

  it("does not reach people who belong elsewhere, too", async () => {
    const { bearer, app, tenantIds } = await given({
      tenants: ["ann"],
      link_by_username: true,
      just_in_time: true,
    });
    const ben = await app.storage.directory.read((store) => store.findUserByName("ben"));
    await app.storage.tenant(tenantIds.ann).write((store) => store.members.add(ben!.id, "admin"));
    const { body } = await (await bearer({ sub: "1", preferred_username: "ben" }))("GET", "/v1/whoami");
    expect(body).toMatchObject({ role: "viewer", username: expect.stringMatching(/^ben-/) });
  });

  it("needs an address that the issuer has verified, where names are addresses", async () => {
    const { bearer, app, tenantIds } = await given({
      tenants: ["ann"],
      link_by_username: true,
      username_claim: "email",
    });
    const user = {
      id: "u-eve",
      username: "eve@acme.example",
      passwordHash: undefined,
      createdAt: new Date(),
    };
    await app.storage.directory.write(async (store) => {
      await store.insertUser(user);
      await store.insertMember(tenantIds.ann, user.id, "viewer");
    });
    const email = { sub: "1", email: "eve@acme.example" };
    for (const email_verified of [false, undefined, "true"]) {
      expect((await (await bearer({ ...email, email_verified }))("GET", "/v1/whoami")).status).toBe(403);
    }
    expect((await (await bearer({ ...email, email_verified: true }))("GET", "/v1/whoami")).status).toBe(200);
  });
});

describe("what a provider's token may do", () => {
  it("is what its scopes say, up to the role", async () => {
    const { bearer } = await given({
      tenants: ["ann"],
      just_in_time: true,
      role: { claim: "groups", values: { admins: "admin" } },
    });
    const ada = { sub: "ada", groups: ["admins"] };
    const reader = await bearer({ ...ada, scope: "openid prompts:read" });
    expect((await reader("GET", "/v1/prompts")).status).toBe(200);
    expect((await reader("GET", "/v1/audit")).status).toBe(403);
    for (const claims of [
      { scope: undefined, scp: "prompts:read tenant:admin" },
      { scope: "openid", scp: ["prompts:read", "tenant:admin"] },
      { scope: "openid", permissions: ["prompts:read", "tenant:admin"] },
    ]) {
      expect((await (await bearer({ ...ada, ...claims }))("GET", "/v1/audit")).status).toBe(200);
    }
    const none = await bearer({ ...ada, scope: "openid profile" });
    expect((await none("GET", "/v1/prompts")).status).toBe(403);
    expect((await none("GET", "/v1/whoami")).status).toBe(200);
  });

  it("is what the role says where the issuer does not know the scopes", async () => {
    const { bearer } = await given({
      tenants: ["ann"],
      just_in_time: true,
      access_tokens: { audiences: ["https://prompts.test/mcp"], scopes: "ignored" },
    });
    const ada = await bearer({ sub: "ada", scope: "openid" });
    expect((await ada("GET", "/v1/prompts")).status).toBe(200);
    expect((await ada("GET", "/v1/audit")).status).toBe(403);
  });

  it("is nothing that is the person's own: it makes no key that would outlive it", async () => {
    const { bearer } = await given({ tenants: ["ann"], just_in_time: true });
    const ada = await bearer({ sub: "ada" });
    expect((await ada("POST", "/v1/api-keys", { json: { name: "mine" } })).status).toBe(403);
  });
});

function auditOf(app: World["app"], tenantId: string) {
  return app.storage.tenant(tenantId).read(async (store) => ({
    items: (await store.audit.list({}, { limit: 50, before: undefined })).filter(({ operation }) =>
      operation.startsWith("sign_in"),
    ),
  }));
}
