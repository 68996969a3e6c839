import { createHmac, randomUUID, type webcrypto } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  jwtVerify,
  SignJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccessTokens } from "../../src/security/access-tokens.ts";
import { openSigningKeys, type SigningKeys } from "../../src/security/signing-keys.ts";

const ISSUER = "https://prompts.example";
const AUDIENCE = "https://prompts.example/api";
const START = new Date("2026-01-02T03:04:05Z");
const START_SECONDS = START.getTime() / 1000;
const ALICE = {
  userId: "user-alice",
  tenantId: "tenant-a",
  sessionId: "session-1",
  role: "developer",
} as const;

const VERIFIED = { userId: "user-alice", tenantId: "tenant-a", sessionId: "session-1" };

let folder: string;
let keys: SigningKeys;
let kid: string;
/** The server's own private key, from its key file: what follows signs with it, so that nothing but the case is wrong. */
let ownKey: webcrypto.CryptoKey;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-tokens-"));
  keys = await openSigningKeys({ dataDir: folder });
  ({ kid } = await keys.signer());
  const [jwk] = JSON.parse(await readFile(join(folder, "keys.json"), "utf8")).keys;
  ownKey = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["sign"]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function tokensAt(date = START) {
  return createAccessTokens({
    keys,
    issuer: ISSUER,
    audience: AUDIENCE,
    lifetimeSeconds: 900,
    now: () => date,
  });
}

function goodHeader(): JWTHeaderParameters {
  return { alg: "EdDSA", kid, typ: "at+jwt" };
}

function goodClaims(): Record<string, unknown> {
  return {
    sub: ALICE.userId,
    tenant_id: ALICE.tenantId,
    sid: ALICE.sessionId,
    role: ALICE.role,
    iss: ISSUER,
    aud: AUDIENCE,
    iat: START_SECONDS,
    exp: START_SECONDS + 900,
    jti: randomUUID(),
  };
}

function signed(claims: Record<string, unknown>, header: object = {}, key = ownKey): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ ...goodHeader(), ...header }).sign(key);
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

async function expectRefusal(token: string, at: Date, reason: string, message: string): Promise<void> {
  const error = await tokensAt(at)
    .verify(token)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "AppError", code: "unauthenticated", message, details: { reason } });
  expect(error).not.toHaveProperty("cause");
}

function expectInvalid(token: string): Promise<void> {
  return expectRefusal(token, START, "invalid", "The access token is not valid here. Sign in again.");
}

function expectExpired(token: string, at = START): Promise<void> {
  return expectRefusal(token, at, "expired", "The access token has expired. Sign in again.");
}

describe("an access token that was issued", () => {
  it("carries who, where, as what, from whom, for whom and how long, and names its key", async () => {
    const { token, lifetimeSeconds } = await tokensAt().issue(ALICE);
    expect(lifetimeSeconds).toBe(900);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid, typ: "at+jwt" });
    expect(decodeJwt(token)).toEqual({
      sub: "user-alice",
      tenant_id: "tenant-a",
      sid: "session-1",
      role: "developer",
      iss: ISSUER,
      aud: AUDIENCE,
      iat: START_SECONDS,
      exp: START_SECONDS + 900,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it("gives back user, tenant and session, and no role: that one is looked up at each call", async () => {
    const { token } = await tokensAt().issue(ALICE);
    expect(await tokensAt().verify(token)).toEqual(VERIFIED);
  });

  it("has an id of its own each time", async () => {
    const [one, other] = await Promise.all([tokensAt().issue(ALICE), tokensAt().issue(ALICE)]);
    expect(decodeJwt(one.token).jti).not.toBe(decodeJwt(other.token).jti);
  });

  it("is good up to its last second and expired from then on", async () => {
    const { token } = await tokensAt().issue(ALICE);
    await expect(tokensAt(new Date(START.getTime() + 899_999)).verify(token)).resolves.toBeDefined();
    await expectExpired(token, new Date(START.getTime() + 900_000));
  });

  it("cannot be made to live longer than 15 minutes", () => {
    for (const lifetimeSeconds of [901, 0, -1, 1.5, Number.NaN]) {
      const options = { keys, issuer: ISSUER, audience: AUDIENCE, lifetimeSeconds };
      expect(() => createAccessTokens(options)).toThrow(RangeError);
    }
  });

  it("is still good after a new key has come in front of the one that signed it", async () => {
    const rotated = await mkdtemp(join(folder, "rotated-"));
    await openSigningKeys({ dataDir: rotated });
    const newer = JSON.parse(await readFile(join(rotated, "keys.json"), "utf8"));
    const older = JSON.parse(await readFile(join(folder, "keys.json"), "utf8"));
    await writeFile(
      join(rotated, "keys.json"),
      JSON.stringify({ ...older, keys: [...newer.keys, ...older.keys] }),
    );

    const { token } = await tokensAt().issue(ALICE);
    const after = createAccessTokens({
      keys: await openSigningKeys({ dataDir: rotated }),
      issuer: ISSUER,
      audience: AUDIENCE,
      lifetimeSeconds: 900,
      now: () => START,
    });
    expect(await after.verify(token)).toEqual(VERIFIED);
    const fresh = await after.issue(ALICE);
    expect(decodeProtectedHeader(fresh.token).kid).toBe(newer.keys[0].kid);
    expect((await after.jwks()).keys).toHaveLength(2);
  });
});

describe("the JWK Set", () => {
  it("has public parts only", async () => {
    expect(await tokensAt().jwks()).toEqual({
      keys: [
        {
          kty: "OKP",
          crv: "Ed25519",
          x: expect.stringMatching(/^[\w-]{43}$/),
          kid,
          alg: "EdDSA",
          use: "sig",
        },
      ],
    });
  });

  it("is all that another program needs to verify a token", async () => {
    const { token } = await tokensAt().issue(ALICE);
    const set = createLocalJWKSet(JSON.parse(JSON.stringify(await tokensAt().jwks())));
    const { payload } = await jwtVerify(token, set, {
      issuer: ISSUER,
      audience: AUDIENCE,
      currentDate: START,
    });
    expect(payload.sub).toBe("user-alice");
  });
});

describe("a token is refused", () => {
  it("not when it is as ours are: the cases below differ from it in one thing each", async () => {
    expect(await tokensAt().verify(await signed(goodClaims()))).toEqual(VERIFIED);
  });

  it("when its algorithm is none", async () => {
    for (const alg of ["none", "None", "NONE"]) {
      const unsigned = `${encoded({ ...goodHeader(), alg })}.${encoded(goodClaims())}`;
      await expectInvalid(`${unsigned}.`);
      await expectInvalid(unsigned);
      await expectInvalid(`${unsigned}.${(await signed(goodClaims())).split(".")[2]}`);
    }
  });

  it("when it is signed by HMAC with the public key as the secret, in any of the key's forms", async () => {
    const jwk = (await tokensAt().jwks()).keys[0]!;
    const publicKey = (await keys.find(kid))!;
    const pem = await exportSPKI(publicKey);
    const forms = [
      Buffer.from(String(jwk["x"]), "base64url"),
      String(jwk["x"]),
      JSON.stringify(jwk),
      pem,
      pem.trim(),
      Buffer.from(pem.replace(/-----.*-----|\s/g, ""), "base64"),
    ];
    for (const alg of ["HS256", "EdDSA"]) {
      for (const secret of forms) {
        const content = `${encoded({ ...goodHeader(), alg })}.${encoded(goodClaims())}`;
        await expectInvalid(`${content}.${createHmac("sha256", secret).update(content).digest("base64url")}`);
      }
    }
  });

  it("when its algorithm is another asymmetric one, under our kid", async () => {
    for (const alg of ["ES256", "RS256", "PS256", "Ed25519"]) {
      const { privateKey } = await generateKeyPair(alg);
      await expectInvalid(await signed(goodClaims(), { alg }, privateKey));
    }
  });

  it("when its kid is unknown or missing, though our key signed it", async () => {
    for (const kid of ["unknown", "", "../../keys.json", "__proto__", undefined]) {
      await expectInvalid(await signed(goodClaims(), { kid }));
    }
  });

  it("when it brings its own key (jwk) and is signed by that", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA", { extractable: true });
    const jwk = await crypto.subtle.exportKey("jwk", publicKey);
    await expectInvalid(await signed(goodClaims(), { jwk }, privateKey));
    await expectInvalid(await signed(goodClaims(), { jwk, kid: undefined }, privateKey));
    await expectInvalid(await signed(goodClaims(), { jwk }));
  });

  it.each([
    ["jku", { jku: "http://127.0.0.1:9/jwks.json" }],
    ["x5u", { x5u: "http://127.0.0.1:9/chain.pem" }],
    ["x5c", { x5c: ["MIIB"] }],
    ["crit", { crit: ["exp"], exp: START_SECONDS + 900 }],
    ["b64", { b64: true }],
  ])("when its header has %s, though our key signed it", async (_name, extra) => {
    const content = `${encoded({ ...goodHeader(), ...extra })}.${encoded(goodClaims())}`;
    const signature = Buffer.from(await crypto.subtle.sign("Ed25519", ownKey, Buffer.from(content)));
    await expectInvalid(`${content}.${signature.toString("base64url")}`);
  });

  it.each([
    ["a wrong issuer", { iss: "https://prompts.example.evil" }],
    ["an empty issuer", { iss: "" }],
    ["a wrong audience", { aud: "https://prompts.example" }],
    ["a list of other audiences", { aud: ["a", "b"] }],
    ["a subject that is no text", { sub: 7 }],
    ["an empty subject", { sub: "" }],
    ["a tenant that is no text", { tenant_id: ["tenant-a"] }],
    ["an empty tenant", { tenant_id: "" }],
    ["a session that is no text", { sid: 7 }],
    ["an empty session", { sid: "" }],
    ["an expiry that is no number", { exp: String(START_SECONDS + 900) }],
    ["an issue time that is no number", { iat: "now" }],
    ["a start that is still to come (nbf)", { nbf: START_SECONDS + 60 }],
    ["a start that is no number (nbf)", { nbf: "now" }],
  ])("when it has %s", async (_case, wrong) => {
    await expectInvalid(await signed({ ...goodClaims(), ...wrong }));
  });

  it.each(["exp", "iat", "iss", "aud", "sub", "tenant_id", "sid", "jti"])(
    "when it has no %s",
    async (name) => {
      await expectInvalid(await signed({ ...goodClaims(), [name]: undefined }));
    },
  );

  it.each(["JWT", "jwt", "rt+jwt", "", undefined])(
    "when its typ is %j: it was made for something else",
    async (typ) => {
      await expectInvalid(await signed(goodClaims(), { typ }));
    },
  );

  it("when exp and nbf stand in the header instead of among the claims", async () => {
    const header = { exp: START_SECONDS + 900, nbf: START_SECONDS - 1 };
    await expectInvalid(await signed({ ...goodClaims(), exp: undefined }, header));
    await expectInvalid(await signed(goodClaims(), header));
  });

  it("as expired when its time is over, and only when the rest is right", async () => {
    const past = { iat: START_SECONDS - 1000, exp: START_SECONDS - 1 };
    await expectExpired(await signed({ ...goodClaims(), ...past }));
    await expectInvalid(await signed({ ...goodClaims(), ...past, aud: "elsewhere" }));
    const { privateKey } = await generateKeyPair("EdDSA");
    await expectInvalid(await signed({ ...goodClaims(), ...past }, {}, privateKey));
  });

  it("when it was made to live longer than 15 minutes, or is to be issued yet, though our key signed it", async () => {
    const forged = { exp: START_SECONDS + 365 * 86_400 };
    await expectInvalid(await signed({ ...goodClaims(), ...forged }));
    await expectInvalid(await signed({ ...goodClaims(), exp: START_SECONDS + 901 }));
    await expectInvalid(
      await signed({ ...goodClaims(), iat: START_SECONDS + 3600, exp: START_SECONDS + 4500 }),
    );
    const old = { iat: START_SECONDS - 901, exp: START_SECONDS + 10 };
    await expectExpired(await signed({ ...goodClaims(), ...old }));
  });

  it("when it comes from a server with another data folder", async () => {
    const other = createAccessTokens({
      keys: await openSigningKeys({ dataDir: await mkdtemp(join(folder, "other-")) }),
      issuer: ISSUER,
      audience: AUDIENCE,
      lifetimeSeconds: 900,
      now: () => START,
    });
    await expectInvalid((await other.issue(ALICE)).token);
  });

  it("when another key signed it under our kid", async () => {
    const { privateKey } = await generateKeyPair("EdDSA");
    await expectInvalid(await signed(goodClaims(), {}, privateKey));
  });

  it("when its claims were changed after the signing", async () => {
    const [header, , signature] = (await signed(goodClaims())).split(".");
    await expectInvalid(`${header}.${encoded({ ...goodClaims(), tenant_id: "tenant-b" })}.${signature}`);
  });

  it("when any one of its characters is another, the spare bits at its end included", async () => {
    const { token } = await tokensAt().issue(ALICE);
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === "A" ? "B" : "A";
      await expectInvalid(token.slice(0, index) + other + token.slice(index + 1));
    }
    for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.") {
      if (character !== token.at(-1)) await expectInvalid(token.slice(0, -1) + character);
    }
  });

  it("when it is longer than 4 KiB, though our key signed it", async () => {
    const room = 3000;
    const fits = await signed({ ...goodClaims(), padding: "x".repeat(room - 700) });
    await expect(tokensAt().verify(fits)).resolves.toBeDefined();
    const long = await signed({ ...goodClaims(), padding: "x".repeat(room) });
    expect(long.length).toBeGreaterThan(4096);
    await expectInvalid(long);
  });

  it("whatever text it is", async () => {
    const parts = fc.array(
      fc.oneof(
        fc.base64String(),
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString("base64url")),
      ),
      {
        maxLength: 6,
      },
    );
    await fc.assert(fc.asyncProperty(parts, (list) => expectInvalid(list.join("."))));
  });

  it("when it is a good one with something around it", async () => {
    const { token } = await tokensAt().issue(ALICE);
    for (const text of [
      ` ${token}`,
      `${token} `,
      `Bearer ${token}`,
      `${token}\n`,
      `${token}.`,
      `${token}=`,
    ]) {
      await expectInvalid(text);
    }
  });
});
