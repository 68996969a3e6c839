import { hashSync as bcrypt } from "bcryptjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Library, openLibrary, PASSWORD } from "../support/library.ts";

let library: Library;
let time = new Date("2030-01-01T00:00:00Z");

beforeAll(async () => {
  library = await openLibrary({ now: () => time });
});
afterAll(() => library.close());

function anonymous(name: string, input: object) {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  return library.app.run(operation, input, {
    requestId: "test",
    authenticate: () => Promise.reject(new Error("A public operation asks for nobody")),
  });
}

const authenticate = (credential: string) => library.app.services.authentication.authenticate(credential);

describe("register and login", () => {
  it("found a tenant and make one its admin, whatever role the input asks for", async () => {
    const input = { username: "Grace", password: PASSWORD, role: "developer", tenant_id: "x" };
    expect(await anonymous("register", input)).toMatchObject({
      username: "grace",
      tenant: "grace",
      role: "admin",
    });
    const signedIn = await anonymous("login", { username: "GRACE", password: PASSWORD });
    expect(signedIn).toMatchObject({ token_type: "bearer", role: "admin" });
    expect(await authenticate(String(signedIn["access_token"]))).toMatchObject({
      username: "grace",
      role: "admin",
    });
  });

  it("take names that look alike for one, in whatever form they were typed", async () => {
    await library.found("mallory");
    for (const username of ["ｍａｌｌｏｒｙ", "ＭＡＬＬＯＲＹ", "ᵐallory"]) {
      await expect(anonymous("register", { username, password: PASSWORD })).rejects.toMatchObject({
        code: "conflict",
      });
      await anonymous("login", { username, password: PASSWORD });
    }
  });

  it.each([
    ["Hangul's filler", "\u3164"],
    ["its half-width form", "\uffa0"],
    ["the filler of an initial consonant", "\u115f"],
    ["the filler of a vowel", "\u1160"],
  ])("take no name with %s in it, a letter that nobody sees", async (_case, letter) => {
    await expect(
      anonymous("register", { username: `grace${letter}`, password: PASSWORD }),
    ).rejects.toMatchObject({ code: "invalid_input" });
  });

  it.each([
    ["an override of direction", "\u202e"],
    ["an isolate", "\u2067"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
  ])("found no tenant whose name has %s in it", async (_case, character) => {
    const tenant = `moc.elpmaxe ${character}ada`;
    const founding = anonymous("register", { username: "turner", password: PASSWORD, tenant });
    await expect(founding).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("say the same of an unknown user and a wrong password", async () => {
    const unknown = await anonymous("login", { username: "nobody", password: PASSWORD }).catch(
      (error) => error,
    );
    const wrong = await anonymous("login", { username: "grace", password: "wrong horse" }).catch(
      (error) => error,
    );
    expect([unknown.code, unknown.message]).toEqual([wrong.code, wrong.message]);
    expect(unknown.code).toBe("unauthenticated");
  });

  it("refuse a taken name, and a password that is too short or too common, with the reason", async () => {
    await expect(anonymous("register", { username: "grace", password: PASSWORD })).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(anonymous("register", { username: "x", password: "pass123" })).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("8"),
    });
    await expect(anonymous("register", { username: "x", password: "password123" })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  it("take the old password of an import, and keep it as argon2id from then on", async () => {
    const { caller } = await library.found("imported");
    const { directory } = library.app.storage;
    await directory.write((store) => store.setPasswordHash(caller.userId, bcrypt("pass123", 4)));
    for (const _time of [1, 2]) {
      await anonymous("login", { username: "imported", password: "pass123" });
      const user = await directory.read((store) => store.findUserByName("imported"));
      expect(user?.passwordHash).toMatch(/^\$argon2id\$/);
    }
  });

  it("admit one of twenty who register the same name at once", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => anonymous("register", { username: "popular", password: PASSWORD })),
    );
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason.code).toBe("conflict");
  });

  it("are closed when the operator says so", async () => {
    const closed = await openLibrary({ environment: { PROMPTFORGE_REGISTRATION: "closed" } });
    try {
      const register = catalogue.find((candidate) => candidate.name === "register")!;
      const call = { requestId: "test", authenticate: () => Promise.reject(new Error("unused")) };
      await expect(
        closed.app.run(register, { username: "x", password: PASSWORD }, call),
      ).rejects.toMatchObject({ code: "forbidden" });
    } finally {
      await closed.close();
    }
  });
});

describe("a change of membership", () => {
  it("binds at the next call, for tokens and for keys", async () => {
    const host = await library.found("host");
    const guest = await library.join(host, "guest", "developer");
    const { tenantId, userId } = guest.caller;
    const { access_token } = await anonymous("login", {
      username: guest.caller.username,
      password: PASSWORD,
      tenant_id: tenantId,
    });
    const token = String(access_token);
    const key = await guest.key();
    const members = <T>(
      work: (store: {
        setRole(id: string, role: "viewer"): Promise<T>;
        remove(id: string): Promise<T>;
      }) => Promise<T>,
    ) => library.app.storage.tenant(tenantId).write((store) => work(store.members as never));

    await members((store) => store.setRole(userId, "viewer"));
    for (const credential of [token, key]) {
      const caller = await authenticate(credential);
      expect(caller.role).toBe("viewer");
      expect(caller.permissions.has("prompts:write")).toBe(false);
    }
    await members((store) => store.remove(userId));
    for (const credential of [token, key]) {
      await expect(authenticate(credential)).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });
});

describe("API keys", () => {
  it("create_api_key shows the secret once; list_api_keys its beginning only; revoke_api_key ends it at once", async () => {
    const owner = await library.found("owner");
    const { secret, id, prefix } = await owner.call("create_api_key", { name: "laptop", role: "viewer" });
    expect(secret).toMatch(/^pf_[\w-]{40,}$/);
    const listed = await owner.call("list_api_keys");
    expect(JSON.stringify(listed)).not.toContain(secret);
    expect(listed.items[0]).toMatchObject({ id, prefix, name: "laptop", role: "viewer", last_used_at: null });

    expect([...(await authenticate(secret)).permissions]).toEqual(["self", "account", "prompts:read"]);
    expect((await owner.call("list_api_keys")).items[0].last_used_at).not.toBeNull();

    await owner.call("revoke_api_key", { id });
    await expect(authenticate(secret)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(owner.call("revoke_api_key", { id })).rejects.toMatchObject({ code: "not_found" });
    expect((await owner.call("list_api_keys")).items).toEqual([]);
  });

  it("never may do more than their maker", async () => {
    const host = await library.found("host2");
    const developer = await library.join(host, "dev", "developer");
    await expect(developer.call("create_api_key", { name: "up", role: "admin" })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(
      developer.call("create_api_key", { name: "across", role: "reviewer" }),
    ).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await developer.call("create_api_key", { name: "down", role: "viewer" })).toMatchObject({
      role: "viewer",
    });
  });

  it("stop working when they expire", async () => {
    const owner = await library.found("owner2");
    const { secret } = await owner.call("create_api_key", { name: "short", expires_in_days: 1 });
    await authenticate(secret);
    time = new Date(time.getTime() + 25 * 60 * 60 * 1000);
    await expect(authenticate(secret)).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining("expired"),
    });
  });
});

describe("roles", () => {
  it("decide what may be called, before the input is looked at", async () => {
    const host = await library.found("host3");
    const viewer = await library.join(host, "viewer", "viewer");
    await expect(viewer.call("create_prompt", { nonsense: true })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(viewer.call("list_prompts")).resolves.toMatchObject({ items: [] });
  });
});
