import { randomBytes } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";
import { Webhook } from "standardwebhooks";
import type { WebhookSecrets } from "../domain/ports/webhooks.ts";

const MARK = "whsec_";
/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32;
const SEALED = { alg: "dir", enc: "A256GCM" } as const;

/**
 * Signatures of the Standard Webhooks specification (HMAC-SHA256), by its own package. Who signs needs the secret itself, so
 * that it is kept encrypted (a JWE, A256GCM) rather than hashed, and bound to its webhook.
 * @param key 32 bytes, for nothing else.
 */
export function createWebhookSecrets(key: Uint8Array): WebhookSecrets {
  async function open(sealed: string, webhookId: string): Promise<string | undefined> {
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
        keyManagementAlgorithms: [SEALED.alg],
        contentEncryptionAlgorithms: [SEALED.enc],
      });
      return protectedHeader["webhook"] === webhookId ? Buffer.from(plaintext).toString() : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    async mint(webhookId) {
      const secret = MARK + randomBytes(SECRET_BYTES).toString("base64");
      const sealed = await new CompactEncrypt(Buffer.from(secret))
        .setProtectedHeader({ ...SEALED, webhook: webhookId })
        .encrypt(key);
      return { secret, sealed };
    },
    async sign(sealed, { webhookId, id, at, body }) {
      const [current, ...older] = await Promise.all(sealed.map((one) => open(one, webhookId)));
      if (current === undefined) return undefined;
      const signatures = [current, ...older]
        .filter((secret) => secret !== undefined)
        .map((secret) => new Webhook(secret).sign(id, at, body));
      return {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": signatures.join(" "),
      };
    },
  };
}
