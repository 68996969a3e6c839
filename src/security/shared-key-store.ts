import { createHash } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";
import { AppError } from "../domain/errors.ts";
import type { SharedDocument } from "../domain/ports/shared-document.ts";
import { type KeyFile, parseKeys } from "./key-file.ts";
import type { KeyStore } from "./key-store.ts";

const SEALED = { alg: "dir", enc: "A256GCM" } as const;

/**
 * The keys in a document that all replicas share, sealed (a JWE, A256GCM): who reads the database, or a backup of it, cannot sign.
 * @param secret Of the operator's, the same for all replicas, long and random.
 */
export function sharedKeyStore(document: SharedDocument, secret: string): KeyStore {
  const key = createHash("sha256").update(`promptforge signing keys ${secret}`).digest();

  const seal = (content: KeyFile) =>
    new CompactEncrypt(Buffer.from(JSON.stringify(content))).setProtectedHeader(SEALED).encrypt(key);

  async function unseal(text: string): Promise<KeyFile> {
    const opened = await compactDecrypt(text, key, {
      keyManagementAlgorithms: [SEALED.alg],
      contentEncryptionAlgorithms: [SEALED.enc],
    }).catch(() => undefined);
    const content = opened && parseKeys(Buffer.from(opened.plaintext).toString());
    if (content === undefined) throw damaged();
    return content;
  }

  return {
    name: "The document with the signing keys",
    async stamp() {
      return (await document.read())?.revision.toString();
    },
    async read() {
      const found = await document.read();
      return found && { content: await unseal(found.text), warnings: [] };
    },
    async create(content) {
      await document.write(await seal(content), 0);
    },
    async change(change) {
      const found = await document.read();
      if (found === undefined) throw damaged();
      const content = await unseal(found.text);
      const next = change(content);
      if (next === content || (await document.write(await seal(next), found.revision))) return;
      throw new AppError(
        "conflict",
        "The signing keys were changed by another command meanwhile. Try again.",
      );
    },
    damaged,
  };
}

function damaged(): AppError {
  return new AppError(
    "unavailable",
    "The signing keys in the database cannot be opened. Set PROMPTFORGE_KEYS_SECRET to what it was when they were made; " +
      "if that is lost, delete the row of shared_documents that holds them: new keys sign everyone out.",
  );
}
