import { createHash, randomBytes } from "node:crypto";
import type { RefreshTokens } from "../domain/ports/security.ts";
import { decodeBase64url } from "./base64url.ts";

const MARK = "pfr_";
const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * Refresh tokens: `pfr_` and, in base64url, 128 random bits that a whole family has in common and 256 that are new each
 * time. Who shows a token of a known family which is not its last one shows an old one: however old it is, it is known for
 * what it is from two hashes, and nothing has to be kept of the tokens in between.
 */
export function createRefreshTokens(): RefreshTokens {
  return {
    mint: () => tokenOf(randomBytes(FAMILY_BYTES)),
    read(token) {
      const bytes = token.startsWith(MARK) ? decodeBase64url(token.slice(MARK.length)) : undefined;
      if (bytes?.length !== FAMILY_BYTES + SECRET_BYTES) return undefined;
      const family = bytes.subarray(0, FAMILY_BYTES);
      return { familyHash: hashOf(family), tokenHash: hashOf(bytes), next: () => tokenOf(family) };
    },
  };
}

function tokenOf(family: Buffer) {
  const bytes = Buffer.concat([family, randomBytes(SECRET_BYTES)]);
  return {
    token: MARK + bytes.toString("base64url"),
    familyHash: hashOf(family),
    tokenHash: hashOf(bytes),
  };
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
