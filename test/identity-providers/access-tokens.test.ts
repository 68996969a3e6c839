import { createHmac } from "node:crypto";
import { type CryptoKey, exportSPKI, importJWK, type JWK } from "jose";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restClient } from "../support/rest.ts";
import { CLIENTS } from "../support/sessions.ts";
import { followed } from "./followed.ts";
import { type OutsideIssuer, startIssuer } from "./issuer.ts";
import { AUDIENCE, openWorld, type World } from "./world.ts";

let issuer: OutsideIssuer;
/** Another issuer, that nobody has named to the server. */
let stranger: OutsideIssuer;
let world: World;

beforeAll(async () => {
  [issuer, stranger] = await Promise.all([startIssuer(), startIssuer()]);
  world = await openWorld(issuer, { tenants: ["ann"], just_in_time: true });
});
afterAll(async () => {
  await world.close();
  await Promise.all([issuer.close(), stranger.close()]);
});

const whoami = (token: string) => restClient(world.url, token)("GET", "/v1/whoami");
const seconds = () => Math.floor(Date.now() / 1000);
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function expectRefused(token: string, detail = "is not valid here"): Promise<void> {
  const reply = await whoami(token);
  expect({ status: reply.status, detail: reply.body.detail }).toEqual({
    status: 401,
    detail: expect.stringContaining(detail),
  });
}

async function publishedKey(): Promise<JWK> {
  const response = await fetch(`${issuer.url}/jwks`);
  const { keys } = (await response.json()) as { keys: JWK[] };
  return keys[0]!;
}

describe("an access token of an identity provider", () => {
  it("is what a code flow at the provider gives, and opens REST and MCP", async () => {
    const redirect_uri = "http://127.0.0.1:1/callback";
    await issuer.world({
      clients: [
        {
          client_id: "mcp-client",
          redirect_uris: [redirect_uri],
          token_endpoint_auth_method: "none",
          application_type: "native",
        },
      ],
      people: { "ada-7": { preferred_username: "ada", email: "ada@acme.example" } },
    });
    const client = await oidc.discovery(new URL(issuer.url), "mcp-client", undefined, oidc.None(), {
      execute: [oidc.allowInsecureRequests],
    });
    const verifier = oidc.randomPKCECodeVerifier();
    const address = oidc.buildAuthorizationUrl(client, {
      redirect_uri,
      scope: "prompts:read prompts:write",
      resource: AUDIENCE,
      login_hint: "ada-7",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const callback = await followed(address, redirect_uri);
    const { access_token } = await oidc.authorizationCodeGrant(
      client,
      callback,
      { pkceCodeVerifier: verifier },
      { resource: AUDIENCE },
    );
    const { body } = await whoami(access_token);
    expect(body).toMatchObject({
      username: "ada",
      role: "viewer",
      tenant_id: world.tenantIds.ann,
      credential: "provider_token",
    });
    for (const era of ["HTTP, 2026-07-28", "HTTP, 2025-11-25"] as const) {
      const mcp = await CLIENTS[era]({ url: world.url, dataDir: world.dataDir, key: access_token });
      const { structuredContent } = await mcp.callTool({ name: "whoami", arguments: {} });
      expect(structuredContent).toMatchObject({ user_id: body.user_id });
      await mcp.close();
    }
  });

  it("can be found: its issuer is listed for both resources, after our own", async () => {
    for (const resource of ["mcp", "v1"]) {
      const { body } = await world.stranger("GET", `/.well-known/oauth-protected-resource/${resource}`);
      expect(body.authorization_servers).toEqual([world.url, issuer.url]);
    }
  });

  it.each<[string, (claims: Record<string, unknown>) => Record<string, unknown>]>([
    ["another audience", () => ({ aud: "https://other.test/mcp" })],
    ["no audience", () => ({ aud: undefined })],
    ["an audience that only begins alike", () => ({ aud: `${AUDIENCE}/more` })],
    ["another issuer, under the same key", ({ iss }) => ({ iss: `${iss}/` })],
    ["the issuer in capitals", ({ iss }) => ({ iss: String(iss).toUpperCase() })],
    ["no issuer", () => ({ iss: undefined })],
    ["no subject", () => ({ sub: undefined })],
    ["an empty subject", () => ({ sub: "" })],
    ["a subject that is no text", () => ({ sub: 7 })],
    ["no end", () => ({ exp: undefined })],
    ["an end that is no number", () => ({ exp: String(seconds() + 300) })],
    ["no beginning", () => ({ iat: undefined })],
    ["a beginning in the future", () => ({ iat: seconds() + 120 })],
    ["a time before which it is not good", () => ({ nbf: seconds() + 120 })],
    ["such a time that is no number", () => ({ nbf: "now" })],
    ["the nonce of an ID token", () => ({ nonce: "n" })],
    ["the hash of an ID token", () => ({ at_hash: "h" })],
    ["the kind of an ID token (Keycloak)", () => ({ typ: "ID" })],
    ["the kind of a refresh token (Keycloak)", () => ({ typ: "Refresh" })],
    ["the event of a logout token", () => ({ events: {} })],
  ])("is refused with %s", async (_what, change) => {
    const claims = world.claims("eve");
    await expectRefused(await issuer.mint({ claims: { ...claims, ...change(claims) } }));
  });

  it("is refused when it has expired, or is older than a day", async () => {
    const claims = world.claims("eve");
    await expectRefused(
      await issuer.mint({ claims: { ...claims, iat: seconds() - 400, exp: seconds() - 60 } }),
      "has expired",
    );
    await expectRefused(await issuer.mint({ claims: { ...claims, iat: seconds() - 90_000 } }), "has expired");
  });

  it.each<[string, Record<string, unknown>]>([
    ["of another type", { typ: "id_token+jwt" }],
    ["of a logout's type", { typ: "logout+jwt" }],
    ["without a type", { typ: null }],
    ["without a key's name", { kid: null }],
    ["with a key in it", { jwk: { kty: "RSA", n: "AQAB", e: "AQAB" } }],
    ["with the address of a key in it", { jku: "https://eve.example/jwks" }],
    ["with the address of a certificate in it", { x5u: "https://eve.example/cert" }],
    ["with a certificate in it", { x5c: ["AAAA"] }],
  ])("is refused %s", async (_what, header) => {
    await expectRefused(await issuer.mint({ claims: world.claims("eve"), header }));
  });

  it.each(["at+jwt", "AT+JWT", "application/at+jwt", "JWT"])("may be of the type %s", async (typ) => {
    expect((await whoami(await issuer.mint({ claims: world.claims("ada"), header: { typ } }))).status).toBe(
      200,
    );
  });

  it("is refused without a signature, with a changed one, and with one of a foreign key", async () => {
    const token = await issuer.mint({ claims: world.claims("eve") });
    const [, claims = "", signature = ""] = token.split(".");
    const { kid = "" } = await publishedKey();
    for (const alg of ["none", "None", "NONE"]) {
      await expectRefused(`${encoded({ alg, kid, typ: "at+jwt" })}.${claims}.`);
      await expectRefused(`${encoded({ alg, kid, typ: "at+jwt" })}.${claims}.${signature}`);
    }
    const other = encoded({ ...world.claims("ann"), aud: AUDIENCE });
    await expectRefused(`${token.split(".")[0]}.${other}.${signature}`);
    await expectRefused(await issuer.mint({ claims: world.claims("eve"), foreign: true }));
  });

  it("is refused when the public key was used as a secret", async () => {
    const jwk = await publishedKey();
    const key = await importJWK(jwk, "RS256", { extractable: true });
    const secrets = [await exportSPKI(key as CryptoKey), JSON.stringify(jwk), jwk.n ?? ""];
    for (const secret of secrets) {
      const content = `${encoded({ alg: "HS256", kid: jwk.kid, typ: "at+jwt" })}.${encoded(world.claims("eve"))}`;
      const signature = createHmac("sha256", secret).update(content).digest("base64url");
      await expectRefused(`${content}.${signature}`);
    }
  });

  it("is refused from an issuer that is not named, though its signature is good", async () => {
    const claims = { ...world.claims("eve"), iss: stranger.url };
    await expectRefused(await stranger.mint({ claims }));
    // Or one that says it is the named one.
    await expectRefused(await stranger.mint({ claims: world.claims("eve") }));
    expect(await stranger.requests()).toEqual([]);
  });
});

describe("when the issuer changes its keys", () => {
  it("no good token is refused, while calls go on, whether it publishes the new key ahead or not", async () => {
    const statuses: number[] = [];
    let minted = 0;
    for (const keepsOld of [true, false, true]) {
      await issuer.rotate({ keepsOld });
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const token = await issuer.mint({ claims: world.claims("ada") });
          minted += 1;
          statuses.push((await whoami(token)).status);
        }),
      );
    }
    expect(minted).toBe(60);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe("when the issuer is down", () => {
  it("tokens of its known keys go on, and others are told that it does not answer", async () => {
    const before = await issuer.mint({ claims: world.claims("ada") });
    expect((await whoami(before)).status).toBe(200);
    await issuer.rotate({ keepsOld: true });
    const after = await issuer.mint({ claims: world.claims("ada") });
    await issuer.down();
    expect((await whoami(before)).status).toBe(200);
    const reply = await whoami(after);
    expect(reply.status).toBe(503);
    expect(reply.body).toMatchObject({
      code: "unavailable",
      detail: expect.stringContaining("identity provider Acme does not answer"),
    });
    expect(reply.text).not.toContain("127.0.0.1");
    expect((await whoami(before)).status).toBe(200);
    await issuer.up();
    await expect.poll(async () => (await whoami(after)).status, { timeout: 30_000, interval: 500 }).toBe(200);
  });
});
