import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessTokens } from "../../src/domain/ports/security.ts";
import { createAccessTokens } from "../../src/security/access-tokens.ts";
import { rememberingProven } from "../../src/security/proven-tokens.ts";
import { openSigningKeys, type SigningKeys } from "../../src/security/signing-keys.ts";

const START = Date.parse("2026-01-02T03:04:05Z");
const ALICE = { userId: "alice", tenantId: "tenant", sessionId: "session", role: "viewer" } as const;
const REFUSED = { code: "unauthenticated" };

let folder: string;
let keys: SigningKeys;
let tokens: AccessTokens;
/** How often a signature was verified. */
let verified: number;
let time: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-proven-"));
  time = START;
  verified = 0;
  const now = () => new Date(time);
  keys = await openSigningKeys({ dataDir: folder, now });
  const plain = createAccessTokens({ keys, issuer: "x", audience: "x", lifetimeSeconds: 900, now });
  const counting: AccessTokens = {
    ...plain,
    verify(...token) {
      verified += 1;
      return plain.verify(...token);
    },
  };
  tokens = rememberingProven(counting, { keys, now });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a token that was proven before", () => {
  it("is proven once for all calls with it", async () => {
    const { token } = await tokens.issue(ALICE);
    const claims = await tokens.verify(token);
    expect(claims).toMatchObject({ userId: "alice", tenantId: "tenant", sessionId: "session" });
    for (let call = 0; call < 5; call++) expect(await tokens.verify(token)).toEqual(claims);
    expect(verified).toBe(1);
  });

  it("is good up to its last second, and refused from then on", async () => {
    const { token } = await tokens.issue(ALICE);
    await tokens.verify(token);
    time = START + 899_999;
    await tokens.verify(token);
    time = START + 900_000;
    await expect(tokens.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it("is refused as soon as its key is dropped", async () => {
    const { token } = await tokens.issue(ALICE);
    await tokens.verify(token);
    await keys.keyring.rotate({ dropOthers: true });
    await expect(tokens.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it("is refused when the clock says that it was not issued yet", async () => {
    const { token } = await tokens.issue(ALICE);
    await tokens.verify(token);
    time = START - 60_000;
    await expect(tokens.verify(token)).rejects.toMatchObject(REFUSED);
  });

  it("proves nothing of another token that differs in one character", async () => {
    const { token } = await tokens.issue(ALICE);
    await tokens.verify(token);
    const other = token.slice(0, -10) + (token.at(-10) === "A" ? "B" : "A") + token.slice(-9);
    await expect(tokens.verify(other)).rejects.toMatchObject(REFUSED);
    await expect(tokens.verify(other)).rejects.toMatchObject(REFUSED);
    expect(verified).toBe(3);
  });

  it("is proven anew for another audience", async () => {
    const { token } = await tokens.issue(ALICE);
    await tokens.verify(token);
    await tokens.verify(token, { issuer: "https://a.example", identifier: "https://a.example/mcp" });
    expect(verified).toBe(2);
  });
});
