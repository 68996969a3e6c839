import { createPublicKey, type KeyObject } from "node:crypto";
import type { CryptoKey } from "jose";
import { ExternalSigningKey } from "oidc-provider";
import { SIGNING_ALGORITHM, type SigningKeys } from "../signing-keys.ts";

/** The server's own signing key, as the protocol library uses it: it gets signatures and never the private part. */
export class ServerSigningKey extends ExternalSigningKey {
  readonly #kid: string;
  readonly #publicKey: KeyObject;
  readonly #privateKey: CryptoKey;

  constructor(kid: string, publicKey: KeyObject, privateKey: CryptoKey) {
    super();
    this.#kid = kid;
    this.#publicKey = publicKey;
    this.#privateKey = privateKey;
  }

  override get kid(): string {
    return this.#kid;
  }

  override get alg(): string {
    return SIGNING_ALGORITHM;
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  override async sign(data: Uint8Array<ArrayBuffer>): Promise<Buffer> {
    return Buffer.from(await crypto.subtle.sign("Ed25519", this.#privateKey, data));
  }
}

/** The key that signs now. */
export async function currentSigningKey(keys: SigningKeys): Promise<ServerSigningKey> {
  const { kid, privateKey } = await keys.signer();
  const jwk = (await keys.publicJwks()).find((candidate) => candidate["kid"] === kid);
  if (jwk === undefined) throw new Error("The key that signs is not published");
  return new ServerSigningKey(kid, createPublicKey({ key: jwk, format: "jwk" }), privateKey);
}
