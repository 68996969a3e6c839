import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from "jose";
import { AppError } from "../domain/errors.ts";
import { createKeyFile, damagedKeyFile, type KeyFile, type ReadKeyFile, readKeyFile } from "./key-file.ts";

/**
 * Ed25519 (EdDSA, RFC 8037) rather than ES256: a signature needs no random number that could repeat and give the
 * key away, signing and verifying are faster, and every JWT library of note verifies it.
 */
export const SIGNING_ALGORITHM = "EdDSA";

export interface SigningKeys {
  /** The key that signs. */
  readonly current: { readonly kid: string; readonly privateKey: CryptoKey };
  /** All keys whose tokens are good, by kid. */
  readonly publicKeys: ReadonlyMap<string, CryptoKey>;
  /** Their public parts as JWKs, for a JWK Set. */
  readonly publicJwks: readonly Readonly<Record<string, string>>[];
  /** 32 bytes that seal cursors. */
  readonly cursorSecret: Uint8Array;
  /** What the operator should know, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Opens the keys in `keys.json` of the data folder, which is there; on the first start makes the file (mode 0600).
 * Processes that start at once end with the same keys. Throws `unavailable` when the folder cannot be written or the
 * file cannot be read or is damaged.
 */
export async function openSigningKeys({ dataDir }: { readonly dataDir: string }): Promise<SigningKeys> {
  const path = join(dataDir, "keys.json");
  const { content, warnings } = (await readKeyFile(path)) ?? (await makeKeyFile(path));
  try {
    return { ...(await importKeys(content)), warnings };
  } catch {
    // A private and a public part that do not belong together.
    throw damagedKeyFile(path);
  }
}

async function makeKeyFile(path: string): Promise<ReadKeyFile> {
  await createKeyFile(path, await newKeyFile());
  const read = await readKeyFile(path);
  if (read === undefined)
    throw new AppError("unavailable", `The key file ${path} was removed during the start. Start again.`);
  return read;
}

async function newKeyFile(): Promise<KeyFile> {
  const pair = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const { x = "", d = "" } = await exportJWK(pair.privateKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x } as const;
  const kid = await calculateJwkThumbprint(jwk);
  return {
    keys: [{ ...jwk, d, kid, created_at: new Date().toISOString() }],
    cursor_secret: randomBytes(32).toString("base64url"),
  };
}

async function importKeys({ keys, cursor_secret }: KeyFile): Promise<Omit<SigningKeys, "warnings">> {
  const imported = await Promise.all(keys.map(importKey));
  const [current] = imported;
  if (current === undefined) throw new RangeError("A key file has at least one key");
  return {
    current,
    publicKeys: new Map(imported.map(({ kid, publicKey }) => [kid, publicKey])),
    publicJwks: imported.map(({ publicJwk }) => publicJwk),
    cursorSecret: Buffer.from(cursor_secret, "base64url"),
  };
}

async function importKey({ kty, crv, x, d, kid }: KeyFile["keys"][number]) {
  const publicJwk = { kty, crv, x, kid, alg: SIGNING_ALGORITHM, use: "sig" } as const;
  return {
    kid,
    publicJwk,
    privateKey: await importEd25519({ kty, crv, x, d }),
    publicKey: await importEd25519({ kty, crv, x }),
  };
}

async function importEd25519(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, SIGNING_ALGORITHM);
  if (key instanceof Uint8Array) throw new TypeError("An Ed25519 key is asymmetric");
  return key;
}
