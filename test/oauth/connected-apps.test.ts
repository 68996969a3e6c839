import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/library.ts";
import { oauthScript } from "../support/oauth-script.ts";
import { agreeing } from "../support/people.ts";
import { restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let script: ReturnType<typeof oauthScript>;
beforeAll(async () => {
  library = await serveLibrary();
  script = oauthScript(library);
  await library.found("ada");
  await library.found("grace");
});
afterAll(() => library.close());

/** REST as somebody who has signed in. */
async function signedIn(username: string) {
  const json = { username, password: PASSWORD };
  const { body } = await library.stranger("POST", "/v1/auth/login", { json });
  return restClient(library.url, body.access_token);
}

const connect = async (username: string) =>
  (await script.redeem(await script.code({}, agreeing(library.url, username)))).body;

describe("list_connected_apps and revoke_connected_app", () => {
  it("show who was let in, where and for what, and end one at its next call", async () => {
    const [kept, ended] = [await connect("ada"), await connect("ada")];
    const rest = await signedIn("ada");
    const { items } = (await rest("GET", "/v1/connected-apps")).body;
    expect(items).toMatchObject([
      {
        app: "Script",
        client_id: await script.client(),
        tenant: "ada",
        scopes: ["prompts:read", "prompts:write"],
      },
      { app: "Script" },
    ]);
    const [newest] = items;
    expect((await script.whoami(ended.access_token)).status).toBe(401);
    expect(await script.mcpStatus(ended.access_token)).toBe(200);
    expect((await rest("DELETE", `/v1/connected-apps/${newest.id}`)).body).toEqual({ ended: 1 });
    expect(await script.mcpStatus(ended.access_token)).toBe(401);
    expect((await script.refresh(ended.refresh_token)).status).toBe(400);
    expect(await script.mcpStatus(kept.access_token)).toBe(200);
    expect((await rest("GET", "/v1/connected-apps")).body.items).toHaveLength(1);
    const audit = await rest("GET", "/v1/audit?operation=revoke_connected_app");
    expect(audit.body.items).toMatchObject([{ target: { kind: "client_grant", id: newest.id } }]);
  });

  it("are one's own: another's app is not found, as one that is not there", async () => {
    const { access_token } = await connect("grace");
    const [grace, ada] = [await signedIn("grace"), await signedIn("ada")];
    const [{ id }] = (await grace("GET", "/v1/connected-apps")).body.items;
    const answers = [];
    for (const other of [id, "nothing"]) answers.push(await ada("DELETE", `/v1/connected-apps/${other}`));
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(answers[0]?.body.detail).toBe(answers[1]?.body.detail);
    expect(await script.mcpStatus(access_token)).toBe(200);
  });

  it("are nothing for an API key, nor for an app itself", async () => {
    const member = await library.found("keyholder");
    const key = restClient(library.url, await member.key());
    expect((await key("GET", "/v1/connected-apps")).status).toBe(403);
    expect((await key("DELETE", "/v1/connected-apps/x")).status).toBe(403);
  });
});

describe("an app", () => {
  it("leaves no webhook behind that would go on telling it, and is named in the audit for what it did", async () => {
    const asked = { scope: "prompts:write tenant:admin", resource: `${library.url}/v1` };
    const [{ access_token }, ada] = [await script.tokens(asked), await signedIn("ada")];
    const app = restClient(library.url, access_token);
    const json = { url: "https://93.184.216.34/app" };
    expect((await app("POST", "/v1/webhooks", { json })).status).toBe(403);
    const own = await ada("POST", "/v1/webhooks", { json: { url: "https://93.184.216.34/own" } });
    const { id } = own.body;
    expect((await app("PATCH", `/v1/webhooks/${id}`, { json })).status).toBe(403);
    expect((await app("POST", `/v1/webhooks/${id}/rotate`, { json: {} })).status).toBe(403);
    expect((await app("PATCH", `/v1/webhooks/${id}`, { json: { description: "mine" } })).status).toBe(200);
    const [grant] = (await ada("GET", "/v1/connected-apps")).body.items;
    const records = await ada("GET", `/v1/audit?target=${id}`);
    expect(records.body.items).toMatchObject([
      { operation: "update_webhook", username: "ada", details: { client_grant: grant.id } },
      {
        operation: "create_webhook",
        details: expect.not.objectContaining({ client_grant: expect.anything() }),
      },
    ]);
  });
});

describe("the page of connected apps", () => {
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    library.stranger("POST", path, {
      body: new URLSearchParams(fields).toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
    });
  const hidden = (text: string, name: string) =>
    [...text.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, "g"))].map(([, value]) => value ?? "");
  const show = (username: string, password = PASSWORD) => post("/connected-apps", { username, password });

  it("shows one's own after signing in, disconnects one at its next call, and ends its session when one leaves", async () => {
    await library.found("linus");
    const { access_token } = await connect("linus");
    const form = await library.stranger("GET", "/connected-apps");
    expect(form.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(form.text).not.toContain("<script");

    const page = await show("linus");
    expect(page.text).toMatch(/<strong>Script[^<]*<\/strong> in linus/);
    expect(page.text).toContain("read and search prompts; create, change and archive prompts");
    expect(page.headers.get("Cache-Control")).toBe("no-store");
    expect(page.headers.get("Set-Cookie")).toBeNull();
    const [token = ""] = hidden(page.text, "token");
    const [id = ""] = hidden(page.text, "id");

    const after = await post("/connected-apps/disconnect", { token, id });
    expect(after.text).toContain("No app acts for you.");
    expect(await script.mcpStatus(access_token)).toBe(401);

    expect((await post("/connected-apps/leave", { token })).text).toContain("You have left");
    expect((await restClient(library.url, token)("GET", "/v1/whoami")).status).toBe(401);
    const late = await post("/connected-apps/disconnect", { token, id });
    expect(late.status).toBe(401);
    expect(late.text).toContain("Sign in");
  });

  it("tells a wrong password on the form, keeping the name and not the password", async () => {
    const { status, text } = await show("<linus>", "not this one");
    expect(status).toBe(401);
    expect(text).toContain('value="&lt;linus&gt;"');
    expect(text).not.toContain("not this one");
  });

  it("disconnects nobody else's, and takes no form of another site's, nor of an app or a key", async () => {
    const { access_token } = await connect("grace");
    const [id = ""] = hidden((await show("grace")).text, "id");
    const [token = ""] = hidden((await show("ada")).text, "token");
    expect((await post("/connected-apps/disconnect", { token, id })).status).toBe(404);
    const forged = await post(
      "/connected-apps/disconnect",
      { token, id },
      { Origin: "https://evil.example" },
    );
    expect(forged.status).toBe(403);
    const key = await (await library.found("machine")).key();
    const { status } = await post("/connected-apps/disconnect", { token: key, id });
    expect(status).toBe(403);
    expect((await post("/connected-apps/disconnect", { token: access_token, id })).status).toBe(401);
    expect(await script.mcpStatus(access_token)).toBe(200);
  });
});
