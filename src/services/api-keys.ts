import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, ApiKey, Caller } from "../domain/identity.ts";
import type { KeySecrets } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { type Role, within } from "../domain/roles.ts";
import { audit } from "./audit.ts";

export interface NewApiKey {
  readonly name: string;
  /** The most that the key may do; the maker's role when missing. */
  readonly role?: Role | undefined;
  /** Days until it stops working; when missing, never, or with the key that makes it. */
  readonly expiresInDays?: number | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

/**
 * A member's own keys for machines. What is made with a key ends with that key, at the latest: one that leaked can be
 * taken back whole, and it takes nothing else down.
 */
export function createApiKeyService(deps: {
  readonly storage: Storage;
  readonly keySecrets: KeySecrets;
  readonly now: () => Date;
}) {
  const { storage, keySecrets, now } = deps;
  return {
    /** The secret is in this answer and nowhere else. Throws `forbidden` for a key that may do more than its maker, or longer. */
    async create(
      owner: Pick<Actor, "tenantId" | "userId" | "role" | "permissions" | "key" | "call">,
      input: NewApiKey,
    ) {
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
        madeBy: owner.key?.id,
        name: input.name,
        secretHash,
        prefix,
        ceiling,
        createdAt,
        expiresAt: expiryOf(createdAt, input.expiresInDays, owner.key?.expiresAt),
        lastUsedAt: undefined,
        revokedAt: undefined,
      };
      await storage.tenant(owner.tenantId).write(async (store) => {
        if (owner.key !== undefined) await requireLiving(store, owner.key.id);
        await store.keys.insert(key);
        await audit(store, owner, {
          target: { kind: "api_key", id: key.id, name: key.name },
          details: { role: ceiling, expires_at: key.expiresAt?.toISOString() ?? null },
        });
      });
      return { key, secret };
    },

    list(caller: Caller): Promise<ApiKey[]> {
      return storage.tenant(caller.tenantId).read((store) => store.keys.listOf(caller.userId));
    },

    /**
     * Binds at the next call, and takes along what was made with the key. Only one's own: another's key is as unknown as
     * a random id. Throws `forbidden` when a key asks for the end of one that it did not make.
     */
    async revoke(caller: Actor, id: string): Promise<ApiKey> {
      return storage.tenant(caller.tenantId).write(async (store) => {
        const key = await store.keys.find(id);
        if (key === undefined || key.userId !== caller.userId || key.revokedAt !== undefined) {
          throw new AppError("not_found", "You have no API key with this id. See yours with list_api_keys.");
        }
        if (caller.key !== undefined && !(await store.keys.descends(id, caller.key.id))) {
          throw new AppError(
            "forbidden",
            "A key may revoke itself and what was made with it. For another key sign in, and use the access token.",
          );
        }
        const revokedAt = now();
        await store.keys.revoke(id, revokedAt);
        await audit(store, caller, { target: { kind: "api_key", id, name: key.name } });
        return { ...key, revokedAt };
      });
    },
  };
}

/** Throws `forbidden` for a key that would outlive its maker. */
function expiryOf(createdAt: Date, days: number | undefined, latest: Date | undefined): Date | undefined {
  if (days === undefined) return latest;
  const expiresAt = new Date(createdAt.getTime() + days * DAY_MS);
  if (latest === undefined || expiresAt <= latest) return expiresAt;
  throw new AppError(
    "forbidden",
    `A key may not outlive the one that makes it, which expires at ${latest.toISOString()}: choose fewer days, or leave them out.`,
  );
}

/** A key that was revoked while its call was under way makes nothing that would outlive it. */
async function requireLiving(store: TenantStore, id: string): Promise<void> {
  const key = await store.keys.find(id);
  if (key !== undefined && key.revokedAt === undefined) return;
  throw new AppError("unauthenticated", "The API key was revoked. Use another one, or sign in.");
}
