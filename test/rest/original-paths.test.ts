import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Role } from "../../src/domain/roles.ts";
import { PASSWORD, type TestMember } from "../support/library.ts";
import { type Rest, restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;

beforeAll(async () => {
  // A hundred calls one after the other are no burst here.
  library = await serveLibrary({ environment: { PROMPTFORGE_LIMIT_WRITES: "0" } });
});

afterAll(async () => {
  await library.close();
});

describe("the original PromptForge's test flow", () => {
  const content = "Explain transformer architecture to a 10 year old";
  let alice: Rest;
  let id = "";

  it("1. refuses the README's password with the reason, and registers alice with a better one", async () => {
    const register = (password: string) =>
      library.stranger("POST", "/auth/register", { json: { username: "alice", password, role: "admin" } });
    const refused = await register("pass123");
    expect([refused.status, refused.body.code]).toEqual([400, "invalid_input"]);
    expect(refused.body.detail).toContain("8");

    const registered = await register(PASSWORD);
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({
      message: expect.any(String),
      id: registered.body.user_id,
      user_id: expect.any(String),
      username: "alice",
      tenant_id: expect.any(String),
      role: "admin",
    });
  });

  it("2. signs in", async () => {
    const { status, body } = await library.stranger("POST", "/auth/login", {
      json: { username: "alice", password: PASSWORD },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ access_token: expect.any(String), token_type: "bearer" });
    alice = restClient(library.url, body.access_token);
  });

  it("3. is known by the bearer header", async () => {
    const { status, body } = await alice("GET", "/users/me");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      username: "alice",
      role: "admin",
      user_id: expect.any(String),
      tenant_id: expect.any(String),
    });
    expect((await library.stranger("GET", "/users/me")).status).toBe(401);
  });

  it("4. creates a prompt, whose name comes from its content", async () => {
    const { status, body } = await alice("POST", "/prompts/create", { json: { content } });
    expect(status).toBe(201);
    const me = (await alice("GET", "/users/me")).body;
    expect(body).toMatchObject({ content, version: 1, user_id: me.user_id, tenant_id: me.tenant_id });
    expect(body.name).toBe("explain-transformer-architecture-to-a-10-year-old");
    id = body.id;
  });

  it("5. lists it", async () => {
    const { status, body } = await alice("GET", "/prompts/list");
    expect(status).toBe(200);
    expect(body).toHaveLength(1);
    expect(body[0]).toMatchObject({ id, content, version: 1, created_at: expect.any(String) });
  });

  it("6. finds it by its meaning", async () => {
    await library.app.indexer.drain();
    const { status, body } = await alice("POST", "/prompts/search", {
      json: { query: "explain AI concepts simply", limit: 3 },
    });
    expect(status).toBe(200);
    expect(body[0]).toMatchObject({ prompt_id: id, id, content, score: expect.any(Number) });
    expect(["meaning", "both"]).toContain(body[0].why);
  });

  it("7. gives its versions, oldest first, after an update", async () => {
    const update = await alice("PUT", `/prompts/${id}`, { json: { content: `${content}, with a story` } });
    expect(update.body).toMatchObject({ id, version: 2, content: `${content}, with a story` });
    const { status, body } = await alice("GET", `/prompts/${id}/versions`);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { prompt_id: id, version_number: 1, content },
      { prompt_id: id, version_number: 2, content: `${content}, with a story` },
    ]);
  });
});

describe("the original paths", () => {
  const members = new Map<Role, { rest: Rest; member: TestMember }>();

  beforeAll(async () => {
    const host = await library.found("host");
    for (const role of ["admin", "developer", "reviewer", "viewer"] as const) {
      const member = await library.join(host, `the-${role}`, role);
      // Their key belongs to the tenant they joined: it is made by the services as this member.
      members.set(role, { member, rest: restClient(library.url, await member.key()) });
    }
  });

  it("let in by role: admins, reviewers or admins, and nobody without a credential", async () => {
    const admitted = async (path: string) => {
      const statuses: Record<string, number> = {
        stranger: (await library.stranger("GET", path)).status,
      };
      for (const [role, { rest }] of members) statuses[role] = (await rest("GET", path)).status;
      return statuses;
    };
    expect(await admitted("/users/admin-only")).toEqual({
      stranger: 401,
      admin: 200,
      developer: 403,
      reviewer: 403,
      viewer: 403,
    });
    expect(await admitted("/users/reviewer-or-admin")).toEqual({
      stranger: 401,
      admin: 200,
      developer: 403,
      reviewer: 200,
      viewer: 403,
    });
  });

  it("say who was let in", async () => {
    const { rest, member } = members.get("reviewer")!;
    const { userId, tenantId } = member.caller;
    expect((await rest("GET", "/users/reviewer-or-admin")).body).toEqual({
      message: expect.any(String),
      user: { user_id: userId, tenant_id: tenantId, role: "reviewer" },
    });
  });

  it("hold an admin's key to its ceiling", async () => {
    const capped = restClient(library.url, await members.get("admin")!.member.key("viewer"));
    expect((await capped("GET", "/users/admin-only")).status).toBe(403);
    expect((await capped("GET", "/users/reviewer-or-admin")).status).toBe(403);
    expect((await capped("POST", "/prompts/create", { json: { content: "x" } })).status).toBe(403);
  });

  it("ignore a role in the body: a registered one is admin of a new tenant and of no other", async () => {
    const registered = await library.stranger("POST", "/auth/register", {
      json: { username: "mallory", password: PASSWORD, role: "admin", tenant_id: "host" },
    });
    expect(registered.body.tenant_id).not.toBe(members.get("admin")!.member.caller.tenantId);
  });

  it("take a name wherever they take an id, with slashes as well", async () => {
    const { rest } = members.get("developer")!;
    await rest("POST", "/prompts/create", { json: { name: "old/style", content: "One" } });
    for (const [index, reference] of ["old/style", "old%2Fstyle"].entries()) {
      const json = { content: `Change ${index}` };
      expect((await rest("PUT", `/prompts/${reference}`, { json })).body.version).toBe(index + 2);
      expect((await rest("GET", `/prompts/${reference}/versions`)).body).toHaveLength(index + 2);
    }
    await rest("POST", "/prompts/create", { json: { name: "list", content: "A prompt called list" } });
    expect((await rest("PUT", "/prompts/list", { json: { content: "x" } })).body.name).toBe("list");
  });

  it("name the author everywhere, and the user's id only to themselves", async () => {
    const { rest } = members.get("developer")!;
    const { rest: other } = members.get("viewer")!;
    const [own] = (await rest("GET", "/prompts/list?limit=1")).body;
    const [seen] = (await other("GET", "/prompts/list?limit=1")).body;
    expect(own.user_id).toBe(members.get("developer")!.member.caller.userId);
    expect(seen).not.toHaveProperty("user_id");
    expect([own.author, seen.author]).toEqual(["the-developer", "the-developer"]);
  });

  it("list everything across the operation's pages, and lead on with a Link where a limit cuts", async () => {
    const many = await library.newcomer("many");
    const names = Array.from({ length: 130 }, (_, index) => `n${index}`);
    for (const name of names) await many("POST", "/prompts/create", { json: { name, content: name } });
    const all = await many("GET", "/prompts/list");
    expect(all.body.map((prompt: { name: string }) => prompt.name)).toEqual(names);
    expect(all.headers.get("Link")).toBeNull();

    const first = await many("GET", "/prompts/list?limit=120");
    expect(first.body).toHaveLength(120);
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("Link") ?? "")?.[1] ?? "";
    const rest = await many("GET", next);
    expect(rest.body.map((prompt: { name: string }) => prompt.name)).toEqual(names.slice(120));
  });

  it("refuse what the operations refuse, as problems", async () => {
    const { rest } = members.get("developer")!;
    for (const [method, path, json, status] of [
      ["POST", "/prompts/create", {}, 400],
      ["POST", "/prompts/create", { content: "x", name: "No Such Name" }, 400],
      ["POST", "/prompts/search", { query: "" }, 400],
      ["PUT", "/prompts/nobody", { content: "x" }, 404],
      ["GET", "/prompts/nobody/versions", undefined, 404],
      ["GET", "/prompts/list?limit=some", undefined, 400],
      ["GET", "/prompts/list?limit=0", undefined, 400],
    ] as const) {
      const reply = await rest(method, path, { json });
      expect(reply.status, path).toBe(status);
      expect(reply.headers.get("Content-Type")).toContain("application/problem+json");
    }
  });
});
