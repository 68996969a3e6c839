import { decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { oauthScript } from "../support/oauth-script.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

async function served(environment: Record<string, string>, work: (library: ServedLibrary) => Promise<void>) {
  const library = await serveLibrary({ environment });
  try {
    await work(library);
  } finally {
    await library.close();
  }
}

function challenge(headers: Headers): Record<string, string> {
  const found = (headers.get("WWW-Authenticate") ?? "").matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name = "", value = ""]) => [name, value]));
}

describe("a client that knows nothing but the address", () => {
  it.each([
    ["/mcp", "POST", "/mcp"],
    ["/v1/prompts", "GET", "/v1"],
    ["/users/me", "GET", "/v1"],
  ])("is led from %s to the authorization server", async (path, method, resource) => {
    await served({}, async ({ url, stranger }) => {
      const refused = await stranger(method, path);
      expect(refused.status).toBe(401);
      const { resource_metadata, scope } = challenge(refused.headers);
      expect(scope).toBe("prompts:read prompts:write");
      expect(resource_metadata).toBe(`${url}/.well-known/oauth-protected-resource${resource}`);
      const metadata = await (await fetch(resource_metadata ?? "")).json();
      expect(metadata).toMatchObject({
        resource: `${url}${resource}`,
        authorization_servers: [url],
        scopes_supported: ["prompts:read", "prompts:write", "prompts:review", "tenant:admin"],
        bearer_methods_supported: ["header"],
      });
      const server = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json();
      expect(server).toMatchObject({
        issuer: url,
        authorization_endpoint: `${url}/oauth/authorize`,
        token_endpoint: `${url}/oauth/token`,
        registration_endpoint: `${url}/oauth/register`,
        revocation_endpoint: `${url}/oauth/revoke`,
        jwks_uri: `${url}/.well-known/jwks.json`,
        response_types_supported: ["code"],
        grant_types_supported: ["authorization_code", "refresh_token"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
        client_id_metadata_document_supported: true,
        authorization_response_iss_parameter_supported: true,
        scopes_supported: expect.arrayContaining(["prompts:read", "tenant:admin"]),
      });
      expect(await (await fetch(`${url}/.well-known/openid-configuration`)).json()).toEqual(server);
    });
  });

  it("is told the public address where there is one, below its path, too", async () => {
    const base = "https://prompts.example.com/forge";
    await served({ PROMPTFORGE_PUBLIC_URL: `${base}/` }, async ({ stranger }) => {
      const { headers } = await stranger("POST", "/mcp");
      expect(challenge(headers)["resource_metadata"]).toBe(
        "https://prompts.example.com/.well-known/oauth-protected-resource/forge/mcp",
      );
      const metadata = await stranger("GET", "/.well-known/oauth-protected-resource/forge/mcp");
      expect(metadata.body).toMatchObject({ resource: `${base}/mcp`, authorization_servers: [base] });
      for (const path of ["oauth-authorization-server/forge", "openid-configuration"]) {
        const server = await stranger("GET", `/.well-known/${path}`);
        expect(server.body).toMatchObject({ issuer: base, token_endpoint: `${base}/oauth/token` });
      }
    });
  });

  it("gets cookies over TLS only, where the public address has it", async () => {
    const base = "https://prompts.example.com";
    await served({ PROMPTFORGE_PUBLIC_URL: base }, async (library) => {
      const script = oauthScript(library);
      const request = script.authorization(await script.client(), { resource: `${base}/mcp` });
      const response = await fetch(request, { redirect: "manual" });
      expect(response.headers.get("Location")).toMatch(/^https:\/\/prompts\.example\.com\/sign-in\//);
      const cookies = response.headers.getSetCookie();
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) expect(cookie).toMatch(/; secure;/i);
      const resume = cookies.find((cookie) => cookie.startsWith("pf_resume="));
      expect(resume).toContain("; path=/oauth/authorize/");
    });
  });

  it("finds no authorization server beyond loopback without a public address", async () => {
    const environment = { PROMPTFORGE_HOST: "0.0.0.0", PROMPTFORGE_ALLOWED_HOSTS: "127.0.0.1" };
    await served(environment, async ({ stranger }) => {
      const refused = await stranger("POST", "/mcp");
      expect(challenge(refused.headers)).toEqual({ realm: "promptforge" });
      expect((await stranger("GET", "/.well-known/oauth-authorization-server")).status).toBe(404);
    });
  });
});

it("a new signing key signs the next token, and the tokens before it stay good", async () => {
  await served({}, async (library) => {
    await library.found("ada");
    const script = oauthScript(library);
    const resource = `${library.url}/v1`;
    const before = await script.tokens({ resource });
    await library.app.signingKeys.rotate();
    const after = (await script.refresh(before.refresh_token)).body;
    expect(decodeProtectedHeader(after.access_token).kid).not.toBe(
      decodeProtectedHeader(before.access_token).kid,
    );
    expect((await script.whoami(before.access_token)).status).toBe(200);
    expect((await script.whoami(after.access_token)).status).toBe(200);
  });
});

it("signing out everywhere ends what clients were allowed", async () => {
  await served({}, async (library) => {
    await library.found("ada");
    const script = oauthScript(library);
    const tokens = await script.tokens({ resource: `${library.url}/v1` });
    const json = { username: "ada", password: "correct horse battery staple" };
    const login = await library.stranger("POST", "/v1/auth/login", { json });
    const headers = { Authorization: `Bearer ${login.body.access_token}` };
    const everywhere = await library.stranger("POST", "/v1/auth/sign-out-everywhere", { headers, json: {} });
    expect(everywhere.status).toBe(200);
    expect((await script.whoami(tokens.access_token)).status).toBe(401);
    expect((await script.refresh(tokens.refresh_token)).body.error).toBe("invalid_grant");
  });
});
