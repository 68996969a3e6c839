import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;
beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
});
afterAll(() => library.close());

/** Calls an operation with an access token, as its holder does. */
async function withToken(token: string, name: string, input: object = {}): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  const { authenticate } = library.app.services.authentication;
  return library.app.run(operation, input, { authenticate: () => authenticate(token), requestId: "test" });
}

describe("create_tenant, switch_tenant and list_tenants", () => {
  it("found another tenant, and lead to it and back", async () => {
    await ada.call("create_prompt", { name: "at-home", content: "x" });
    const { tenant_id, role } = await ada.call("create_tenant", { name: "Second" });
    expect(role).toBe("admin");
    const session = await library.signedIn(ada);
    const { access_token, token_type } = await session.call("switch_tenant", { tenant_id });
    expect(token_type).toBe("bearer");
    expect(await withToken(access_token, "whoami")).toMatchObject({ tenant: "Second", username: "ada" });
    expect((await withToken(access_token, "list_prompts")).items).toEqual([]);
    const back = await withToken(access_token, "switch_tenant", { tenant_id: ada.caller.tenantId });
    expect((await withToken(back.access_token, "list_prompts")).items).toHaveLength(1);
    expect((await withToken(access_token, "list_tenants")).items).toMatchObject([
      { tenant: "ada", current: false },
      { tenant: "Second", current: true },
    ]);
  });

  it("lead nowhere that one is not a member, whether it is there or not", async () => {
    const stranger = await library.found("stranger");
    for (const tenant_id of [stranger.caller.tenantId, crypto.randomUUID()]) {
      await expect(ada.call("switch_tenant", { tenant_id })).rejects.toMatchObject({
        code: "not_found",
        message: "You have no tenant with this id. See yours with list_tenants.",
      });
    }
  });

  it("lead from a tenant to itself as little: that would be a session more for nothing", async () => {
    const session = await library.signedIn(ada);
    const here = session.call("switch_tenant", { tenant_id: ada.caller.tenantId });
    await expect(here).rejects.toMatchObject({ code: "conflict" });
  });

  it("are nothing for an API key, which is of one tenant", async () => {
    const key = await ada.key();
    const tenant_id = ada.caller.tenantId;
    expect((await ada.call("list_tenants")).items.length).toBeGreaterThan(1);
    expect((await withToken(key, "list_tenants")).items).toMatchObject([{ tenant_id, current: true }]);
    await expect(withToken(key, "switch_tenant", { tenant_id })).rejects.toMatchObject({ code: "forbidden" });
    await expect(withToken(key, "create_tenant", { name: "x" })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("create_tenant", () => {
  it("founds no other for who belongs to as many as the operator allows; who is invited joins all the same", async () => {
    const small = await openLibrary({ environment: { PROMPTFORGE_QUOTA_TENANTS: "2" } });
    try {
      const [grace, host] = [await small.found("grace"), await small.found("host")];
      await grace.call("create_tenant", { name: "second" });
      await expect(grace.call("create_tenant", { name: "third" })).rejects.toMatchObject({
        code: "quota_exceeded",
        details: { quota: "tenants", allowed: 2 },
      });
      const { code } = await host.call("create_invitation", { role: "viewer" });
      await grace.call("accept_invitation", { code });
      const { items } = await grace.call("list_tenants");
      expect(items.map(({ tenant }: Answer) => tenant)).toEqual(["grace", "second", "host"]);
    } finally {
      await small.close();
    }
  });
});

describe("rename_tenant", () => {
  it("gives the tenant another name, which need not be unique", async () => {
    const [one, other] = [await library.found("one"), await library.found("other")];
    await one.call("rename_tenant", { name: "other" });
    expect((await one.call("list_tenants")).items).toMatchObject([{ tenant: "other" }]);
    expect((await other.call("list_tenants")).items).toMatchObject([
      { tenant: "other", tenant_id: other.caller.tenantId },
    ]);
    await expect(one.call("rename_tenant", { name: "two\nlines" })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });
});
