import { createHmac, generateKeyPairSync, sign, type webcrypto } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keptKeys } from "../support/kept-keys.ts";
import { PASSWORD } from "../support/library.ts";
import { restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

type Part = Readonly<Record<string, unknown>>;

let library: ServedLibrary;
/** Of a token that is good: whatever is tried below differs from it in one thing. */
let header: Part;
let claims: Part;
let ownKey: webcrypto.CryptoKey;
let publicX: string;
/** Hears of whoever follows an address in a token. */
let bait: Server;
let baitUrl: string;
let bites = 0;

beforeAll(async () => {
  library = await serveLibrary();
  await library.found("ada");
  const { body } = await library.stranger("POST", "/v1/auth/login", {
    json: { username: "ada", password: PASSWORD },
  });
  header = { ...decodeProtectedHeader(body.access_token) };
  claims = decodeJwt(body.access_token);
  const [jwk] = (await keptKeys(library.dataDir)).keys;
  if (jwk === undefined) throw new Error("There is no key");
  publicX = jwk.x;
  ownKey = await crypto.subtle.importKey("jwk", { ...jwk, key_ops: ["sign"] }, "Ed25519", false, ["sign"]);
  bait = createServer((_req, res) => {
    bites += 1;
    res.end(JSON.stringify({ keys: [] }));
  });
  await new Promise<void>((resolve) => bait.listen(0, "127.0.0.1", resolve));
  baitUrl = `http://127.0.0.1:${(bait.address() as AddressInfo).port}/jwks.json`;
});
afterAll(async () => {
  await library.close();
  await new Promise((resolve) => bait.close(resolve));
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function without(part: Part, name: string): Part {
  return Object.fromEntries(Object.entries(part).filter(([own]) => own !== name));
}

/** A token with our own key's signature, over whatever it says. */
async function signed(head: Part, body: Part, key = ownKey): Promise<string> {
  const content = `${encoded(head)}.${encoded(body)}`;
  const signature = Buffer.from(await crypto.subtle.sign("Ed25519", key, Buffer.from(content)));
  return `${content}.${signature.toString("base64url")}`;
}

async function anotherKey(): Promise<webcrypto.CryptoKeyPair> {
  return (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

function byHmac(alg: string, secret: string | Buffer): string {
  const content = `${encoded({ ...header, alg })}.${encoded(claims)}`;
  return `${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`;
}

function byRsa(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const content = `${encoded({ ...header, alg: "RS256" })}.${encoded(claims)}`;
  return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
}

/** Every place where a token is shown. */
const PLACES: [string, string][] = [
  ["GET", "/v1/whoami"],
  ["POST", "/v1/prompts"],
  ["GET", "/users/me"],
  ["POST", "/mcp"],
];

async function shown(token: string) {
  const call = restClient(library.url, token);
  return Promise.all(
    PLACES.map(async ([method, path]) => {
      const { status, headers, body } = await call(method, path, method === "POST" ? { json: {} } : {});
      return { path, status, challenge: headers.get("WWW-Authenticate"), detail: body?.detail };
    }),
  );
}

async function expectRefused(token: string, detail = "The access token is not valid here. Sign in again.") {
  for (const answer of await shown(token)) {
    expect(answer, answer.path).toMatchObject({ status: 401, detail });
    expect(answer.challenge).toContain('error="invalid_token"');
  }
}

describe("a token shown over REST and MCP", () => {
  it("is let in when it is as ours are: what follows differs from it in one thing", async () => {
    for (const { path, status } of await shown(await signed(header, claims)))
      expect(status, path).not.toBe(401);
  });

  it("is refused with the algorithm none", async () => {
    for (const alg of ["none", "None"])
      await expectRefused(`${encoded({ ...header, alg })}.${encoded(claims)}.`);
  });

  it("is refused when it confuses algorithms: HMAC with the public key as the secret, RSA under our kid", async () => {
    const raw = Buffer.from(publicX, "base64url");
    for (const secret of [raw, publicX]) {
      await expectRefused(byHmac("HS256", secret));
      await expectRefused(byHmac("EdDSA", secret));
    }
    await expectRefused(byRsa());
  });

  it("is refused with a kid that is not ours, and without one", async () => {
    for (const kid of ["unknown", "../keys.json"])
      await expectRefused(await signed({ ...header, kid }, claims));
    await expectRefused(await signed(without(header, "kid"), claims));
  });

  it("is refused when it brings its key (jwk) or says where to fetch one (jku, x5u), which nobody does", async () => {
    const { privateKey, publicKey } = await anotherKey();
    const jwk = await crypto.subtle.exportKey("jwk", publicKey);
    await expectRefused(await signed({ ...header, jwk }, claims, privateKey));
    for (const name of ["jku", "x5u"]) {
      await expectRefused(await signed({ ...header, [name]: baitUrl }, claims));
      await expectRefused(await signed({ ...header, kid: "theirs", [name]: baitUrl }, claims, privateKey));
    }
    expect(bites).toBe(0);
  });

  it.each([
    ["issuer", { iss: "https://prompts.example.evil" }],
    ["audience", { aud: "https://other.example" }],
    ["audience among others", { aud: ["promptforge", "https://other.example"] }],
  ])("is refused with a wrong %s", async (_what, wrong) => {
    await expectRefused(await signed(header, { ...claims, ...wrong }));
  });

  it.each(["JWT", "rt+jwt", "logout+jwt", undefined])("is refused with the typ %j", async (typ) => {
    await expectRefused(await signed({ ...header, typ }, claims));
  });

  it.each(["exp", "iss", "aud", "sub", "tenant_id", "iat", "jti", "sid"])(
    "is refused without %s",
    async (name) => {
      await expectRefused(await signed(header, without(claims, name)));
    },
  );

  it("is refused with exp and nbf in the header, whether or not they stand among the claims, too", async () => {
    const times = { exp: claims["exp"], nbf: claims["iat"] };
    await expectRefused(await signed({ ...header, ...times }, without(claims, "exp")));
    await expectRefused(await signed({ ...header, ...times }, claims));
  });

  it("is refused before its time (nbf), and after it (exp)", async () => {
    const now = Math.floor(Date.now() / 1000);
    await expectRefused(await signed(header, { ...claims, nbf: now + 3600 }));
    await expectRefused(
      await signed(header, { ...claims, iat: now - 800, exp: now - 1 }),
      "The access token has expired. Sign in again.",
    );
  });

  it("is refused when it names another tenant, another person or another session than it was given for", async () => {
    const { caller } = await library.found("eve");
    for (const forged of [
      { tenant_id: caller.tenantId },
      { sub: caller.userId },
      { sub: caller.userId, tenant_id: caller.tenantId },
      { sid: "another" },
    ]) {
      for (const { path, status } of await shown(await signed(header, { ...claims, ...forged })))
        expect(status, path).toBe(401);
    }
  });
});
