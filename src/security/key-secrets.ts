import { createHash, randomBytes } from "node:crypto";
import type { KeySecrets } from "../domain/ports/security.ts";

const MARK = "pf_";
const SECRET_BYTES = 32;
/** Of a secret, enough to recognise it by (42 bits) and far too little to guess it from. */
const PREFIX_LENGTH = 10;

/**
 * Secrets of API keys: `pf_` and 256 random bits in base64url. What is stored is their SHA-256 in hex: a slow
 * hash protects what people choose, and nobody can search 2^256 secrets however fast the hash; a fast one
 * keeps each call with a key cheap and lets the hash be the database's look-up key.
 */
export function createKeySecrets(): KeySecrets {
  return {
    mint() {
      const secret = MARK + randomBytes(SECRET_BYTES).toString("base64url");
      return { secret, secretHash: hashOf(secret), prefix: secret.slice(0, PREFIX_LENGTH) };
    },
    hash: hashOf,
    recognises: (credential) => credential.startsWith(MARK),
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
