import type { FlattenedJWSInput } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { IdentityProvider } from "../../src/domain/identity-provider.ts";
import { createGuardedFetch } from "../../src/security/guarded-fetch.ts";
import { createIssuer, type LookUpTimes } from "../../src/security/identity-providers/issuer.ts";
import { type OutsideIssuer, startIssuer } from "./issuer.ts";

let outside: OutsideIssuer;
const token: FlattenedJWSInput = { payload: "", signature: "" };
const HOUR = 3_600_000;

beforeAll(async () => {
  outside = await startIssuer();
});
beforeEach(() => outside.requests());
afterAll(() => outside.close());

function issuerAt(url: string, times: LookUpTimes) {
  const provider: IdentityProvider = {
    name: "acme",
    title: "Acme",
    issuer: url,
    tenants: [],
    accessTokens: undefined,
    signIn: undefined,
    subjectClaim: "sub",
    usernameClaim: "preferred_username",
    tenant: undefined,
    role: undefined,
    justInTime: false,
    linkByUsername: false,
  };
  const failures: unknown[] = [];
  const fetch = createGuardedFetch({
    allow: { hosts: [], ranges: [], plainOrigins: [new URL(url).origin] },
    timeoutMs: 5_000,
  });
  return {
    failures,
    ...createIssuer(provider, { fetch, onFailure: (error) => failures.push(error), times }),
  };
}

const keyLookUps = async () => (await outside.requests()).filter((path) => path === "/jwks").length;
const unknownKey = (kid = "unknown") => ({ alg: "RS256", kid });

async function knownKey() {
  const response = await fetch(`${outside.url}/jwks`);
  const { keys } = (await response.json()) as { keys: { kid: string }[] };
  await outside.requests();
  return { alg: "RS256", kid: keys[0]!.kid };
}

describe("an issuer's keys", () => {
  it("are looked up once, however many tokens need them at once and later", async () => {
    const header = await knownKey();
    const { keyFor } = issuerAt(outside.url, { apart: 50, renewed: HOUR, kept: HOUR });
    await Promise.all(Array.from({ length: 50 }, () => keyFor(header, token)));
    await keyFor(header, token);
    expect(await outside.requests()).toEqual(["/.well-known/openid-configuration", "/jwks"]);
  });

  it("are looked up once more for a flood of unknown names, which are then refused", async () => {
    const { keyFor } = issuerAt(outside.url, { apart: 300, renewed: HOUR, kept: HOUR });
    await keyFor(await knownKey(), token);
    await outside.requests();
    const flood = Array.from({ length: 150 }, (_, at) => keyFor(unknownKey(`kid-${at}`), token));
    const outcomes = await Promise.allSettled(flood);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ERR_JWKS_NO_MATCHING_KEY" } });
    }
    expect(await keyLookUps()).toBe(1);
  });

  it("let no more than a bounded number of unknown names wait", async () => {
    const { keyFor } = issuerAt(outside.url, { apart: 300, renewed: HOUR, kept: HOUR });
    await keyFor(await knownKey(), token);
    const flood = Array.from({ length: 300 }, (_, at) => keyFor(unknownKey(`kid-${at}`), token));
    const codes = (await Promise.allSettled(flood)).map(
      (outcome) => outcome.status === "rejected" && outcome.reason.code,
    );
    expect(codes.filter((code) => code === "unavailable")).toHaveLength(100);
  });

  it("are renewed behind the calls when they have aged, and a key that was withdrawn ends then", async () => {
    const header = await knownKey();
    const { keyFor } = issuerAt(outside.url, { apart: 0, renewed: 0, kept: HOUR });
    await keyFor(header, token);
    await outside.rotate({ keepsOld: false });
    const refused = () =>
      keyFor(header, token).then(
        () => false,
        () => true,
      );
    await expect.poll(refused, { timeout: 20_000 }).toBe(true);
  });

  it("are not used beyond their time when the issuer stays away", async () => {
    const { keyFor, failures } = issuerAt(outside.url, { apart: 0, renewed: 0, kept: 0 });
    const header = await knownKey();
    await keyFor(header, token);
    await outside.down();
    await expect(keyFor(header, token)).rejects.toMatchObject({ code: "unavailable" });
    expect(failures).toMatchObject([{ reason: "unreachable" }]);
    await outside.up();
    await keyFor(header, token);
  });

  it("are not asked for again at once when the issuer is down", async () => {
    await outside.down();
    const { keyFor, failures } = issuerAt(outside.url, { apart: HOUR, renewed: HOUR, kept: HOUR });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => keyFor(unknownKey(), token)));
    await expect(keyFor(unknownKey(), token)).rejects.toMatchObject({ code: "unavailable" });
    expect(outcomes.map(({ status }) => status)).not.toContain("fulfilled");
    expect(failures).toHaveLength(1);
    await outside.up();
  });

  it("are not taken from somebody who calls themselves otherwise than set", async () => {
    const { keyFor, failures } = issuerAt(`${outside.url}/`, { apart: 0, renewed: HOUR, kept: HOUR });
    await expect(keyFor(unknownKey(), token)).rejects.toMatchObject({ code: "unavailable" });
    expect(String(failures[0])).toContain(`calls itself ${outside.url}: `);
  });
});
