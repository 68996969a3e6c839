import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, ApiKey, Caller, OwnedKey } from "../domain/identity.ts";
import type { Cursors, KeySecrets } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { permissionsOf, type Role, type Scope, within } from "../domain/roles.ts";
import { audit } from "./audit.ts";
import { requireCurrentKey } from "./current-key.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";

export interface NewApiKey {
  readonly name: string;
  /** The most that the key may do; what its maker may when missing. */
  readonly role?: Role | undefined;
  /** What it is narrowed to, of what the role may. */
  readonly scopes?: readonly Scope[] | undefined;
  readonly agent?: boolean | undefined;
  /** Days until it stops working; when missing, never, or with the key that makes it. */
  readonly expiresInDays?: number | undefined;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

type Owner = Pick<Actor, "tenantId" | "userId" | "role" | "permissions" | "key" | "call">;

/**
 * A member's own keys for machines. What is made with a key ends with that key, at the latest: one that leaked can be
 * taken back whole, and it takes nothing else down.
 */
export function createApiKeyService(deps: {
  readonly storage: Storage;
  readonly keySecrets: KeySecrets;
  readonly cursors: Cursors;
  readonly now: () => Date;
}) {
  const { storage, keySecrets, cursors, now } = deps;
  return {
    /**
     * The secret is in this answer and nowhere else. Throws `forbidden` for a key that may do more than its maker, or
     * longer, and `invalid_input` for a scope that its role does not have.
     */
    async create(owner: Owner, input: NewApiKey) {
      const ceiling = input.role ?? owner.key?.ceiling ?? owner.role;
      requireWithin(owner, ceiling, input.scopes);
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
        scopes: input.scopes && [...new Set(input.scopes)],
        // What an agent makes, an agent holds.
        agent: input.agent === true || owner.key?.agent === true,
        retiring: undefined,
        createdAt,
        expiresAt: expiryOf(createdAt, input.expiresInDays, owner.key?.expiresAt),
        lastUsedAt: undefined,
        revokedAt: undefined,
      };
      await storage.tenant(owner.tenantId).write(async (store) => {
        await requireCurrentKey(store, owner);
        await store.keys.insert(key);
        await audit(store, owner, {
          target: targetOf(key),
          details: {
            role: ceiling,
            scopes: key.scopes ?? null,
            agent: key.agent,
            expires_at: key.expiresAt?.toISOString() ?? null,
          },
        });
      });
      return { key, secret };
    },

    list(caller: Caller): Promise<ApiKey[]> {
      return storage.tenant(caller.tenantId).read((store) => store.keys.listOf(caller.userId));
    },

    /** Everybody's in the tenant, newest first. */
    listAll(caller: Caller, request: PageRequest): Promise<Page<OwnedKey>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_tenant_keys" } };
      return storage.tenant(caller.tenantId).read(({ keys }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            keys.listAll({ limit, after: after && { createdAt: new Date(Number(after.key)), id: after.id } }),
          positionOf: ({ createdAt, id }) => ({ key: createdAt.getTime(), id }),
        }),
      );
    },

    /**
     * A new secret for one of the caller's keys; the one before stays good for some hours, and an older one ends at once.
     * What the key may do, and for how long, stays as it is. Throws as `revoke`, and `conflict` for a key that has expired.
     */
    async rotate(caller: Actor, id: string, overlapHours: number) {
      const { secret, secretHash, prefix } = keySecrets.mint();
      const key = await storage.tenant(caller.tenantId).write(async (store) => {
        await requireCurrentKey(store, caller);
        const old = await requireOwn(store, caller, id);
        const at = now();
        if (old.expiresAt !== undefined && old.expiresAt <= at) {
          throw new AppError("conflict", "The API key has expired. Make a new one with create_api_key.");
        }
        const retiring =
          overlapHours === 0
            ? undefined
            : { secretHash: old.secretHash, until: new Date(at.getTime() + overlapHours * HOUR_MS) };
        const rotated: ApiKey = { ...old, secretHash, prefix, retiring };
        await store.keys.setSecret(rotated);
        await audit(store, caller, {
          target: targetOf(old),
          details: { old_secret_until: retiring?.until.toISOString() ?? null },
        });
        return rotated;
      });
      return { key, secret };
    },

    /**
     * Binds at the next call, and takes along what was made with the key. Only one's own: another's key is as unknown as
     * a random id. Throws `forbidden` when a key asks for the end of one that it did not make.
     */
    async revoke(caller: Actor, id: string): Promise<ApiKey> {
      return storage.tenant(caller.tenantId).write(async (store) => {
        const key = await requireOwn(store, caller, id);
        return end(store, caller, key);
      });
    },

    /** As `revoke`, for anybody's key in the tenant. Throws `not_found`. */
    async revokeAny(caller: Actor, id: string): Promise<ApiKey> {
      return storage.tenant(caller.tenantId).write(async (store) => {
        const key = await store.keys.find(id);
        if (key === undefined || key.revokedAt !== undefined) {
          throw new AppError(
            "not_found",
            "The tenant has no API key with this id. See its keys with list_tenant_keys.",
          );
        }
        return end(store, caller, key);
      });
    },
  };

  async function end(store: TenantStore, actor: Actor, key: ApiKey): Promise<ApiKey> {
    const revokedAt = now();
    await store.keys.revoke(key.id, revokedAt);
    await audit(store, actor, { target: targetOf(key), details: { owner: key.userId } });
    return { ...key, revokedAt };
  }
}

/** Throws `forbidden` for a key that could do more than its maker. */
function requireWithin(owner: Owner, ceiling: Role, scopes: readonly Scope[] = []): void {
  // What an agent makes is an agent's: it may have the role, and administers as little.
  const held = owner.key?.agent === true ? permissionsOf(owner.role, owner.key.ceiling) : owner.permissions;
  if (!within(ceiling, held)) {
    throw new AppError(
      "forbidden",
      `A key may not do more than its maker: choose a lower role than ${ceiling}.`,
    );
  }
  const missing = scopes.filter((scope) => !permissionsOf(ceiling).has(scope));
  if (missing.length > 0) {
    throw new AppError(
      "invalid_input",
      `The role ${ceiling} does not have ${missing.join(", ")}: leave the scope out, or choose a role that does.`,
      { scopes: missing },
    );
  }
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

/** Throws `not_found` for a key that is not the caller's, and `forbidden` for a key that reaches beyond what it made. */
async function requireOwn(store: TenantStore, caller: Caller, id: string): Promise<ApiKey> {
  const key = await store.keys.find(id);
  if (key === undefined || key.userId !== caller.userId || key.revokedAt !== undefined) {
    throw new AppError("not_found", "You have no API key with this id. See yours with list_api_keys.");
  }
  if (caller.key !== undefined && !(await store.keys.descends(id, caller.key.id))) {
    throw new AppError(
      "forbidden",
      "A key may revoke and rotate itself and what was made with it. For another key sign in, and use the access token.",
    );
  }
  return key;
}

function targetOf({ id, name }: ApiKey) {
  return { kind: "api_key", id, name };
}
