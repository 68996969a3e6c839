import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeySecrets } from "../../src/security/key-secrets.ts";

const secrets = createKeySecrets();

describe("the secret of an API key", () => {
  it("is pf_ and 256 random bits, new each time", () => {
    const minted = Array.from({ length: 100 }, () => secrets.mint().secret);
    for (const secret of minted) {
      expect(secret).toMatch(/^pf_[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(secret.slice(3), "base64url")).toHaveLength(32);
    }
    expect(new Set(minted).size).toBe(100);
  });

  it("is stored as its SHA-256 in hex, from which a presented secret is found again", () => {
    const { secret, secretHash } = secrets.mint();
    expect(secretHash).toBe(createHash("sha256").update(secret).digest("hex"));
    expect(secrets.hash(secret)).toBe(secretHash);
    expect(secretHash).not.toContain(secret.slice(3));
  });

  it("is recognised by its first ten characters", () => {
    const { secret, prefix } = secrets.mint();
    expect(prefix).toHaveLength(10);
    expect(secret.startsWith(prefix)).toBe(true);
  });

  it("is told from an access token by its form", () => {
    expect(secrets.recognises(secrets.mint().secret)).toBe(true);
    expect(secrets.recognises("pf_")).toBe(true);
    for (const other of ["", "eyJhbGciOiJFZERTQSJ9.e30.c2ln", "PF_abc", " pf_abc", "xpf_abc"]) {
      expect(secrets.recognises(other)).toBe(false);
    }
  });
});
