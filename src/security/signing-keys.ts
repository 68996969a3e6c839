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
import type { SigningKeyring } from "../domain/ports/security.ts";
import type { KeyFile, ReadKeyFile, StoredKey } from "./key-file.ts";
import { type Keys, reportOf, signerAt, withoutExpired } from "./key-rotation.ts";
import { type KeyStore, keyFileStore } from "./key-store.ts";
import { createLookUps } from "./look-ups.ts";

/**
 * Ed25519 (EdDSA, RFC 8037) rather than ES256: a signature needs no random number that could repeat and give the
 * key away, signing and verifying are faster, and every JWT library of note verifies it.
 */
export const SIGNING_ALGORITHM = "EdDSA";

/** How old the look at the key file may be that a known key is taken on: for so long a dropped key is still good. */
const FRESH_MS = 1000;
/** Between two look-ups that unknown kids ask for. */
const LOOK_UP_INTERVAL_MS = 50;

export interface SigningKeys {
  /** The key that signs now. */
  signer(): Promise<{ readonly kid: string; readonly privateKey: CryptoKey }>;
  /** The public key of this kid, when its tokens are good. */
  find(kid: string): Promise<CryptoKey | undefined>;
  /** The public parts of all keys as JWKs, for a JWK Set; those that will sign later are among them. */
  publicJwks(): Promise<readonly Readonly<Record<string, string>>[]>;
  /** 32 bytes that seal cursors. */
  readonly cursorSecret: Uint8Array;
  /** What the operator should know, in sentences. */
  readonly warnings: readonly string[];
  readonly keyring: SigningKeyring;
}

export interface SigningKeyOptions {
  readonly now?: () => Date;
  /** Hears, once, that the keys cannot be read any more; those that were read last stay good. */
  readonly onUnreadable?: (error: unknown) => void;
}

/** The keys in `keys.json` of a folder that is there; on the first start the file is made (mode 0600). */
export function openSigningKeys({
  dataDir,
  ...options
}: SigningKeyOptions & { readonly dataDir: string }): Promise<SigningKeys> {
  return openStoredKeys(keyFileStore(join(dataDir, "keys.json")), options);
}

/**
 * Opens the keys in a store; on the first start makes them. Processes that start at once end with the same keys, and each
 * follows the store: what another process changes counts here within a second, and a token of a key that this one has not
 * seen yet makes it look at once. Throws `unavailable` when the store cannot be written or read, or is damaged.
 */
export async function openStoredKeys(
  store: KeyStore,
  { now = () => new Date(), onUnreadable = () => undefined }: SigningKeyOptions = {},
): Promise<SigningKeys> {
  let seen = await store.stamp();
  const { content, warnings } = (await store.read()) ?? (await makeKeys(store, now()));
  let keys = await importKeys(content, store);
  let unreadable = false;

  const lookUps = createLookUps(async () => {
    try {
      const stamp = await store.stamp();
      if (stamp !== seen) {
        const read = await store.read();
        if (read === undefined) throw new Error("The keys are gone");
        keys = await importKeys(read.content, store);
        seen = stamp;
      }
      unreadable = false;
    } catch (error) {
      if (!unreadable) onUnreadable(error);
      unreadable = true;
    }
  }, LOOK_UP_INTERVAL_MS);

  async function list() {
    await lookUps.again();
    return reportOf(keys, now().getTime());
  }

  async function change(by: (file: KeyFile) => KeyFile) {
    await store.change(by);
    return list();
  }

  return {
    async signer() {
      await lookUps.within(FRESH_MS);
      return signerAt(keys, now().getTime());
    },
    async find(kid) {
      await lookUps.within(FRESH_MS);
      const find = () => keys.find((key) => key.kid === kid)?.publicKey;
      if (find() === undefined) await lookUps.again();
      return find();
    },
    async publicJwks() {
      await lookUps.within(FRESH_MS);
      return keys.map(({ publicJwk }) => publicJwk);
    },
    cursorSecret: Buffer.from(content.cursor_secret, "base64url"),
    warnings,
    keyring: {
      list,
      rotate: async ({ signsFrom = now(), dropOthers = false } = {}) => {
        const made = await newKey(now(), signsFrom);
        return change((file) => ({
          ...file,
          keys: [made, ...(dropOthers ? [] : withoutExpired(file.keys, now().getTime()))],
        }));
      },
      prune: () =>
        change((file) => {
          const left = withoutExpired(file.keys, now().getTime());
          return left.length === file.keys.length ? file : { ...file, keys: left };
        }),
    },
  };
}

async function makeKeys(store: KeyStore, at: Date): Promise<ReadKeyFile> {
  await store.create({
    keys: [await newKey(at, at)],
    cursor_secret: randomBytes(32).toString("base64url"),
  });
  const read = await store.read();
  if (read === undefined)
    throw new AppError("unavailable", `${store.name} was removed during the start. Start again.`);
  return read;
}

async function newKey(createdAt: Date, signsFrom: Date): Promise<StoredKey> {
  const pair = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const { x = "", d = "" } = await exportJWK(pair.privateKey);
  const jwk = { kty: "OKP", crv: "Ed25519", x } as const;
  return {
    ...jwk,
    d,
    kid: await calculateJwkThumbprint(jwk),
    created_at: createdAt.toISOString(),
    signs_from: signsFrom.toISOString(),
  };
}

type ImportedKey = Awaited<ReturnType<typeof importKey>>;

async function importKeys(
  { keys: [newest, ...older] }: KeyFile,
  store: KeyStore,
): Promise<Keys<ImportedKey>> {
  try {
    return [await importKey(newest), ...(await Promise.all(older.map(importKey)))];
  } catch {
    // A private and a public part that do not belong together.
    throw store.damaged();
  }
}

async function importKey(key: StoredKey) {
  const { kty, crv, x, d, kid } = key;
  const publicJwk = { kty, crv, x, kid, alg: SIGNING_ALGORITHM, use: "sig" } as const;
  return {
    ...key,
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
