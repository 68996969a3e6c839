import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { PASSWORD } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
beforeAll(async () => {
  library = await serveLibrary();
});
afterAll(() => library.close());

const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  library.stranger("POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
  });

let serial = 0;
async function invited(tenant = `<i>team ${++serial}</i>`) {
  const admin = await library.found(`admin${++serial}`);
  await admin.call("rename_tenant", { name: tenant });
  const { code, link } = await admin.call("create_invitation", { role: "developer" });
  return { admin, code, path: new URL(link).pathname + new URL(link).search };
}

describe("the page of an invitation", () => {
  it("shows tenant, role and inviter, escaped, runs nothing, and uses nothing up", async () => {
    const { admin, path } = await invited();
    for (const _time of [1, 2]) {
      const { status, text, headers } = await library.stranger("GET", path);
      expect(status).toBe(200);
      expect(text).toContain(`${admin.caller.username} invites you to &lt;i&gt;team`);
      expect(text).toContain("developer");
      expect(text).not.toContain("<i>");
      expect(text).not.toContain("<script");
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(headers.get("Cache-Control")).toBe("no-store");
    }
  });

  it("registers whoever is new, and says on the page what is wrong with the password", async () => {
    const { admin, code } = await invited();
    const wrong = await post("/invitation/register", { code, username: "Newcomer", password: "pass123" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("at least 8");
    expect(wrong.text).not.toContain("pass123");
    const odd = await post("/invitation/register", { code, username: "new comer!", password: PASSWORD });
    expect(odd.status).toBe(400);
    expect(odd.text).toMatch(/role="alert">A username has [^<]*digit\.</);
    const done = await post("/invitation/register", { code, username: "Newcomer", password: PASSWORD });
    expect(done.status).toBe(200);
    expect(done.text).toContain("You have joined");
    expect(done.text.replaceAll("&#x2F;", "/")).toContain(
      `claude mcp add --transport http promptforge ${library.url}/mcp`,
    );
    const names = (await admin.call("list_members")).items.map((item: { username: string }) => item.username);
    expect(names).toContain("newcomer");
    expect((await library.stranger("GET", `/invitation?code=${code}`)).status).toBe(404);
  });

  it("signs in who has an account", async () => {
    const guest = await library.found("guest");
    const { code } = await invited();
    const wrong = await post("/invitation/sign-in", { code, username: "guest", password: "not this one" });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("wrong");
    expect((await post("/invitation/sign-in", { code, username: "guest", password: PASSWORD })).status).toBe(
      200,
    );
    expect((await guest.call("list_tenants")).items).toHaveLength(2);
  });

  it("takes no form of another site's, and none without the code", async () => {
    const { code } = await invited();
    const form = { code, username: "forged", password: PASSWORD };
    const forged = await post("/invitation/register", form, { Origin: "https://evil.example" });
    expect(forged.status).toBe(403);
    expect((await post("/invitation/register", { ...form, code: "guessed" })).status).toBe(404);
    expect((await library.stranger("GET", "/invitation?code=guessed")).status).toBe(404);
  });
});

describe("the page of a new password", () => {
  it("sets it by the code, once", async () => {
    await library.found("forgetful");
    const link = new URL(await library.app.services.passwords.issueReset("forgetful", localCall("test")));
    const page = await library.stranger("GET", link.pathname + link.search);
    const code = link.searchParams.get("code")!;
    expect(page.text).toContain(code);
    expect(page.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    const short = await post("/password-reset", { code, password: "short" });
    expect(short.status).toBe(400);
    const done = await post("/password-reset", { code, password: "quiet lighthouse keeper" });
    expect(done.text).toContain("Your password is set");
    expect((await post("/password-reset", { code, password: "another lighthouse" })).status).toBe(404);
    const login = { username: "forgetful", password: "quiet lighthouse keeper" };
    expect((await library.stranger("POST", "/v1/auth/login", { json: login })).status).toBe(200);
  });
});
