import type { SigningKeyReport } from "../domain/ports/security.ts";
import type { StoredKey } from "./key-file.ts";
import { MAX_TOKEN_SECONDS } from "./token-lifetime.ts";

/** All keys of a file, newest first. */
export type Keys<K extends StoredKey = StoredKey> = readonly [K, ...K[]];

/** After the last token of an old key has expired: for clocks of verifiers that are behind. */
const MARGIN_MS = 60_000;

/** When a key begins to sign. Files of the first release name no time: such a key signed from the start. */
function startOf(key: StoredKey): number {
  return Date.parse(key.signs_from ?? key.created_at);
}

/** The key that signs at a time: of those that have begun, the one that came last, which stands first. */
export function signerAt<K extends StoredKey>(keys: Keys<K>, time: number): K {
  return keys.find((key) => startOf(key) <= time) ?? keys.at(-1) ?? keys[0];
}

/** When the last token of a key has expired; `undefined` while no other key follows it. In ms since 1970. */
function goodUntil(keys: readonly StoredKey[], position: number): number | undefined {
  const followers = keys.slice(0, position).map(startOf);
  return followers.length === 0 ? undefined : Math.min(...followers) + MAX_TOKEN_SECONDS * 1000 + MARGIN_MS;
}

/** The keys less those that neither sign nor have signed a token that is still good. */
export function withoutExpired([newest, ...older]: Keys, time: number): [StoredKey, ...StoredKey[]] {
  const keys = [newest, ...older];
  return [newest, ...older.filter((_key, position) => (goodUntil(keys, position + 1) ?? time) > time)];
}

/** What an operator may know of each key, newest first. */
export function reportOf(keys: Keys, time: number): SigningKeyReport[] {
  const signer = signerAt(keys, time);
  return keys.map((key, position) => {
    const until = goodUntil(keys, position);
    return {
      kid: key.kid,
      state: stateOf(key, signer, until, time),
      createdAt: new Date(key.created_at),
      signsFrom: new Date(startOf(key)),
      verifiesUntil: until === undefined ? undefined : new Date(until),
    };
  });
}

function stateOf(
  key: StoredKey,
  signer: StoredKey,
  until: number | undefined,
  time: number,
): SigningKeyReport["state"] {
  if (key === signer) return "signs";
  if (startOf(key) > time) return "published";
  return until !== undefined && until <= time ? "expired" : "verifies";
}
