import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, CallContext, Caller, Member, Tenant } from "../domain/identity.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";
import { isPerson, requirePerson } from "./person.ts";
import type { SessionService, SignedIn } from "./sessions.ts";

export type TenantService = ReturnType<typeof createTenantService>;

/** The tenants of one person, of which a credential is always for one. */
export function createTenantService(deps: {
  readonly storage: Storage;
  readonly sessions: Pick<SessionService, "continueIn">;
  readonly now: () => Date;
  /** When false, only the operator adds tenants, with `promptforge init`. */
  readonly open: boolean;
  /** Tenants with which nobody founds another; 0: there is no end. */
  readonly mostTenants: number;
}) {
  const { storage, sessions, now, mostTenants } = deps;
  return {
    /** The oldest membership first; for what acts for a person in one tenant, that one. */
    async list(caller: Caller): Promise<Member[]> {
      const members = await storage.directory.read((store) => store.membershipsOf(caller.userId));
      return isPerson(caller) ? members : members.filter(({ tenantId }) => tenantId === caller.tenantId);
    },

    /**
     * Goes on in another of the caller's tenants. Throws `not_found` for one that is not theirs, `conflict` for the one that
     * they are in, and `forbidden` for an API key.
     */
    async switchTo(actor: Actor, tenantId: string): Promise<SignedIn> {
      requirePerson(actor);
      if (tenantId === actor.tenantId) {
        throw new AppError("conflict", "You are in this tenant already. See yours with list_tenants.");
      }
      return sessions.continueIn(actor, tenantId);
    },

    /**
     * Founds a tenant of which the caller is the admin. Throws `forbidden` when registration is closed, and for an API key, and
     * `quota_exceeded` for who has as many tenants as anybody may found.
     */
    async create(actor: Actor, name: string): Promise<Member> {
      requirePerson(actor);
      requireOpenRegistration(deps.open);
      const tenant = { id: randomUUID(), name, createdAt: now() };
      await storage.directory.write(async (store) => {
        const { length } = await store.membershipsOf(actor.userId);
        if (mostTenants > 0 && length >= mostTenants) throw tooManyTenants(mostTenants);
        await foundTenant(store, tenant, actor.userId, actor.call);
      });
      const { userId, username } = actor;
      return { tenantId: tenant.id, tenantName: name, userId, username, role: "admin" };
    },

    async rename(actor: Actor, name: string): Promise<void> {
      await storage.directory.write(async (store) => {
        await store.renameTenant(actor.tenantId, name);
        await audit(store.tenant(actor.tenantId), actor, {
          target: { kind: "tenant", id: actor.tenantId, name },
          details: { before: actor.tenantName },
        });
      });
    },
  };
}

/** Writes a tenant with its first admin. */
export async function foundTenant(
  store: DirectoryStore,
  tenant: Tenant,
  userId: string,
  call: CallContext,
): Promise<void> {
  await store.insertTenant(tenant);
  await store.insertMember(tenant.id, userId, "admin");
  await audit(
    store.tenant(tenant.id),
    { userId, call },
    { target: { kind: "tenant", id: tenant.id, name: tenant.name } },
  );
}

/** Throws `forbidden` where only the operator adds tenants. */
export function requireOpenRegistration(open: boolean): void {
  if (open) return;
  throw new AppError(
    "forbidden",
    "Registration is closed on this server. Ask its operator for an account, or an admin for an invitation.",
  );
}

function tooManyTenants(allowed: number): AppError {
  return new AppError(
    "quota_exceeded",
    `Whoever belongs to ${allowed} tenants founds no other. Leave or delete one, or ask the server's operator for more room.`,
    { quota: "tenants", allowed },
  );
}
