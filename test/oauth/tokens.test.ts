import { createHash, randomBytes } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CHALLENGE, oauthScript } from "../support/oauth-script.ts";
import { agreeing } from "../support/people.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let script: ReturnType<typeof oauthScript>;
let url: string;
beforeAll(async () => {
  library = await serveLibrary();
  script = oauthScript(library);
  url = library.url;
  await library.found("ada");
});
afterAll(() => library.close());

/** The newest record of a grant's end in the tenant's audit. */
async function lastEnd() {
  const { access_token } = await script.tokens({ scope: "tenant:admin", resource: `${url}/v1` });
  const reply = await restClient(url, access_token)("GET", "/v1/audit?operation=end_client_grant&limit=1");
  return reply.body.items[0];
}

describe("an access token of the authorization server", () => {
  it("is a signed JWT for one resource, one tenant, one person and 15 minutes", async () => {
    const code = await script.code();
    expect(code.callback.searchParams.get("iss")).toBe(url);
    const { body, headers } = await script.redeem(code);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body).toMatchObject({
      token_type: "Bearer",
      expires_in: 900,
      scope: "prompts:read prompts:write",
    });
    expect(decodeProtectedHeader(body.access_token)).toEqual({
      alg: "EdDSA",
      typ: "at+jwt",
      kid: (await library.app.tokens.jwks()).keys[0]?.["kid"],
    });
    const { iat = 0, exp = 0, ...claims } = decodeJwt(body.access_token);
    const [member] = await library.app.storage.directory.read(async (store) =>
      store.membershipsOf((await store.findUserByName("ada"))?.id ?? ""),
    );
    expect(claims).toEqual({
      iss: url,
      aud: `${url}/mcp`,
      sub: member?.userId,
      tenant_id: member?.tenantId,
      client_id: code.clientId,
      grant_id: expect.any(String),
      scope: "prompts:read prompts:write",
      jti: expect.any(String),
    });
    expect(exp - iat).toBe(900);
  });

  it("works at its own resource and is refused at the other", async () => {
    const forMcp = (await script.tokens()).access_token;
    expect(await script.mcpStatus(forMcp)).toBe(200);
    expect((await script.whoami(forMcp)).status).toBe(401);
    const forRest = (await script.tokens({ resource: `${url}/v1` })).access_token;
    expect((await script.whoami(forRest)).status).toBe(200);
    expect((await script.whoami(forRest, "/users/me")).status).toBe(200);
    expect(await script.mcpStatus(forRest)).toBe(401);
  });

  it("is answered 403 with all the scopes that are needed where it has too few, at REST and at MCP", async () => {
    const json = { name: "some/prompt", content: "Hello" };
    const rest = await script.tokens({ scope: "prompts:read", resource: `${url}/v1` });
    const refused = await restClient(url, rest.access_token)("POST", "/v1/prompts", { json });
    const mcp = await script.tokens({ scope: "prompts:read" });
    const call = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "create_prompt", arguments: json },
    };
    const headers = { Accept: "application/json, text/event-stream" };
    const refusedToo = await restClient(url, mcp.access_token)("POST", "/mcp", { json: call, headers });
    for (const [reply, resource] of [
      [refused, "v1"],
      [refusedToo, "mcp"],
    ] as const) {
      expect([reply.status, reply.body.code]).toEqual([403, "forbidden"]);
      expect(reply.headers.get("WWW-Authenticate")).toBe(
        'Bearer realm="promptforge", error="insufficient_scope", scope="prompts:read prompts:write", ' +
          `resource_metadata="${url}/.well-known/oauth-protected-resource/${resource}"`,
      );
    }
  });

  it("may not do what a person does for themselves, with any scope, and is not told to ask for it", async () => {
    const scope = "prompts:read prompts:write prompts:review tenant:admin";
    const { access_token } = await script.tokens({ scope, resource: `${url}/v1` });
    const client = restClient(url, access_token);
    for (const [method, path] of [
      ["GET", "/v1/sessions"],
      ["POST", "/v1/auth/sign-out-everywhere"],
      ["GET", "/v1/search/history"],
    ] as const) {
      const reply = await client(method, path);
      expect([reply.status, reply.headers.get("WWW-Authenticate")], path).toEqual([403, null]);
    }
  });

  it("ends no tenant, even of an admin who consented to all: that is for who has signed in", async () => {
    const { access_token } = await script.tokens({ scope: "tenant:admin", resource: `${url}/v1` });
    const client = restClient(url, access_token);
    const reply = await client("POST", "/v1/tenants/current/deletion", { json: { confirm: "ada" } });
    expect([reply.status, reply.body.code]).toEqual([403, "forbidden"]);
    expect(reply.body.detail).toContain("not a key or an app");
    expect((await client("GET", "/v1/members")).status).toBe(200);
  });

  it("is refused in the query string", async () => {
    const token = (await script.tokens({ resource: `${url}/v1` })).access_token;
    expect((await library.stranger("GET", `/v1/whoami?access_token=${token}`)).status).toBe(400);
  });

  it("is refused at the next call when its person is a member no more, and so is the refresh token", async () => {
    const host = await library.found("host.of.grace");
    const grace = await library.join(host, "grace", "developer");
    const person = agreeing(url, "grace", { tenant: "host.of.grace (developer)" });
    const tokens = (await script.redeem(await script.code({ resource: `${url}/v1` }, person))).body;
    expect((await script.whoami(tokens.access_token)).body.tenant).toBe("host.of.grace");

    await library.app.storage
      .tenant(host.caller.tenantId)
      .write((store) => store.members.remove(grace.caller.userId));
    expect((await script.whoami(tokens.access_token)).status).toBe(401);
    const refused = await script.refresh(tokens.refresh_token);
    expect([refused.status, refused.body.error]).toEqual([400, "invalid_grant"]);
  });
});

describe("a code", () => {
  it("is good once: the second use ends what came of the first", async () => {
    const code = await script.code({ resource: `${url}/v1` });
    const first = await script.redeem(code);
    expect((await script.whoami(first.body.access_token)).status).toBe(200);
    expect((await script.redeem(code)).body.error).toBe("invalid_grant");
    expect((await script.whoami(first.body.access_token)).status).toBe(401);
    expect((await script.refresh(first.body.refresh_token)).body.error).toBe("invalid_grant");
  });

  it("is good for its client, its redirect address and its verifier alone", async () => {
    const other = (await script.register()).body.client_id;
    for (const wrong of [
      { client_id: other },
      { redirect_uri: "http://127.0.0.1:4711/other" },
      { code_verifier: randomBytes(32).toString("base64url") },
      { code_verifier: CHALLENGE },
    ]) {
      expect((await script.redeem(await script.code(), wrong)).body.error, JSON.stringify(wrong)).toBe(
        "invalid_grant",
      );
    }
    expect(
      (await script.redeem(await script.code(), { resource: "https://elsewhere.example" })).body.error,
    ).toBe("invalid_target");
    expect((await script.redeem(await script.code(), { resource: `${url}/v1` })).body.error).toBe(
      "invalid_target",
    );
  });
});

describe("a refresh token", () => {
  it("is another each time, and using an old one again ends the family", async () => {
    const first = await script.tokens({ resource: `${url}/v1` });
    const second = (await script.refresh(first.refresh_token)).body;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await script.whoami(second.access_token)).status).toBe(200);

    expect((await script.refresh(first.refresh_token)).body.error).toBe("invalid_grant");
    expect((await script.refresh(second.refresh_token)).body.error).toBe("invalid_grant");
    expect((await script.whoami(second.access_token)).status).toBe(401);
    expect(await lastEnd()).toMatchObject({ username: "ada", details: { ended: "token_reused" } });
  });

  it("that is shown for a resource which was not allowed ends the family, too, as docs/sign-in.md says", async () => {
    const { refresh_token, access_token } = await script.tokens();
    expect((await script.refresh(refresh_token, { resource: `${library.url}/v1` })).status).toBe(400);
    expect((await script.refresh(refresh_token)).status).toBe(400);
    expect(await script.mcpStatus(access_token)).toBe(401);
  });

  it("that is used ten times at once gives tokens at most once, and ends the family", async () => {
    const { refresh_token } = await script.tokens({ resource: `${url}/v1` });
    const replies = await Promise.all(Array.from({ length: 10 }, () => script.refresh(refresh_token)));
    const good = replies.filter(({ status }) => status === 200);
    expect(good.length).toBeLessThanOrEqual(1);
    for (const { body } of good) {
      expect((await script.refresh(body.refresh_token)).body.error).toBe("invalid_grant");
      expect((await script.whoami(body.access_token)).status).toBe(401);
    }
  });

  it("is of no use to another client, and cannot gain scopes", async () => {
    const { refresh_token } = await script.tokens({ scope: "prompts:read" });
    const other = (await script.register()).body.client_id;
    expect((await script.refresh(refresh_token, { client_id: other })).body.error).toBe("invalid_grant");
    const more = await script.refresh(refresh_token, { scope: "prompts:read tenant:admin" });
    expect(more.body.error).toBe("invalid_scope");
  });

  it("can be given up, with the access tokens that came of it", async () => {
    const { access_token, refresh_token } = await script.tokens({ resource: `${url}/v1` });
    const other = (await script.register()).body.client_id;
    expect((await script.revoke(refresh_token, other)).status).toBe(200);
    expect((await script.whoami(access_token)).status).toBe(200);
    expect((await script.revoke(refresh_token, await script.client())).status).toBe(200);
    expect((await script.whoami(access_token)).status).toBe(401);
    expect((await script.refresh(refresh_token)).body.error).toBe("invalid_grant");
    expect(await lastEnd()).toMatchObject({ username: "ada", details: { ended: "given_up" } });
  });

  it("lies in the database as its hash", async () => {
    const code = await script.code();
    const { refresh_token } = (await script.redeem(code)).body;
    const database = await rawDatabase(library);
    const rows = JSON.stringify(await database.rows("oauth_records"));
    await database.close();
    expect(rows).toContain(createHash("sha256").update(refresh_token).digest("hex"));
    expect(rows).not.toContain(refresh_token);
    expect(rows).not.toContain(code.code);
    expect(rows).not.toContain('"cookie"');
  });
});
