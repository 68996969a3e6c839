import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import type { TenantStore } from "../domain/ports/storage.ts";

/**
 * Before a secret is made with a key. One that was revoked while its call was under way makes nothing that would outlive
 * it, and neither does the secret that a rotation replaced: whoever has stolen that one would keep what it makes.
 */
export async function requireCurrentKey(
  store: Pick<TenantStore, "keys">,
  { key }: Pick<Caller, "key">,
): Promise<void> {
  if (key === undefined) return;
  if (key.isRetiring) {
    throw new AppError("forbidden", "This secret was replaced: it makes no new one. Use the new secret.");
  }
  const stored = await store.keys.find(key.id);
  if (stored !== undefined && stored.revokedAt === undefined) return;
  throw new AppError("unauthenticated", "The API key was revoked. Use another one, or sign in.");
}
