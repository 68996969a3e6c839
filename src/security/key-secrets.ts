import { hash, randomBytes } from "node:crypto";
import type { KeySecrets, Secrets } from "../domain/ports/security.ts";

const SECRET_BYTES = 32;
/** Of a secret, enough to recognise it by (42 bits) and far too little to guess it from. */
const RECOGNISABLE = 7;

/**
 * Secrets of one kind: a mark, such as `pf_`, and 256 random bits in base64url. What is stored is their SHA-256 in hex: a
 * slow hash protects what people choose, and nobody can search 2^256 secrets however fast the hash; a fast one
 * keeps each call with a key cheap and lets the hash be the database's look-up key.
 */
export function createSecrets(mark: string): Secrets {
  return {
    mint() {
      const secret = mark + randomBytes(SECRET_BYTES).toString("base64url");
      const prefix = secret.slice(0, mark.length + RECOGNISABLE);
      return { secret, secretHash: hashOf(secret), prefix };
    },
    hash: hashOf,
    recognises: (text) => text.startsWith(mark),
  };
}

export function createKeySecrets(): KeySecrets {
  return createSecrets("pf_");
}

function hashOf(secret: string): string {
  return hash("sha256", secret);
}
