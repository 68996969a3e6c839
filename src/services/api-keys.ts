import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { ApiKey, Caller } from "../domain/identity.ts";
import type { KeySecrets } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { type Role, within } from "../domain/roles.ts";

export interface NewApiKey {
  readonly name: string;
  /** The most that the key may do; the maker's role when missing. */
  readonly role?: Role | undefined;
  /** Days until it stops working; never when missing. */
  readonly expiresInDays?: number | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

/** A member's own keys for machines. */
export function createApiKeyService(deps: {
  readonly storage: Storage;
  readonly keySecrets: KeySecrets;
  readonly now: () => Date;
}) {
  const { storage, keySecrets, now } = deps;
  return {
    /** The secret is in this answer and nowhere else. Throws `forbidden` for a key that may do more than its maker. */
    async create(owner: Pick<Caller, "tenantId" | "userId" | "role" | "permissions">, input: NewApiKey) {
      const ceiling = input.role ?? owner.role;
      if (!within(ceiling, owner.permissions)) {
        throw new AppError(
          "forbidden",
          `A key may not do more than its maker: choose a lower role than ${ceiling}.`,
        );
      }
      const { secret, secretHash, prefix } = keySecrets.mint();
      const createdAt = now();
      const key: ApiKey = {
        id: randomUUID(),
        userId: owner.userId,
        name: input.name,
        secretHash,
        prefix,
        ceiling,
        createdAt,
        expiresAt:
          input.expiresInDays === undefined
            ? undefined
            : new Date(createdAt.getTime() + input.expiresInDays * DAY_MS),
        lastUsedAt: undefined,
        revokedAt: undefined,
      };
      await storage.tenant(owner.tenantId).write((store) => store.keys.insert(key));
      return { key, secret };
    },

    list(caller: Caller): Promise<ApiKey[]> {
      return storage.tenant(caller.tenantId).read((store) => store.keys.listOf(caller.userId));
    },

    /** Binds at the next call. Only one's own; another's key is as unknown as a random id. */
    async revoke(caller: Caller, id: string): Promise<ApiKey> {
      return storage.tenant(caller.tenantId).write(async (store) => {
        const key = await store.keys.find(id);
        if (key === undefined || key.userId !== caller.userId || key.revokedAt !== undefined) {
          throw new AppError("not_found", "You have no API key with this id. See yours with list_api_keys.");
        }
        const revokedAt = now();
        await store.keys.revoke(id, revokedAt);
        return { ...key, revokedAt };
      });
    },
  };
}
