import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Webhook } from "../domain/webhooks.ts";

/**
 * Before a webhook gets an address or shows a secret, both of which go on when the credential that asked has ended. A key may do that
 * for what ends with it: a webhook that it makes, or that was made with it or with a key of its making. An app has nothing that ends
 * with it. Throws `forbidden`.
 * @param webhook one that is there already.
 */
export async function requireLineage(
  { keys }: Pick<TenantStore, "keys">,
  { key, grant }: Pick<Caller, "key" | "grant">,
  webhook?: Pick<Webhook, "keyId">,
): Promise<void> {
  if (grant !== undefined) {
    throw new AppError(
      "forbidden",
      "An app names no address of a webhook and takes no secret of one: both would go on when it is disconnected. Sign in (POST /v1/auth/login), or use an API key.",
    );
  }
  if (key === undefined || webhook === undefined) return;
  if (webhook.keyId !== undefined && (await keys.descends(webhook.keyId, key.id))) return;
  throw new AppError(
    "forbidden",
    "A key gives an address and a secret to the webhooks alone that were made with it, and that end with it. For this one sign in, and use the access token.",
  );
}
