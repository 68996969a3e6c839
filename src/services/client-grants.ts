import { randomUUID } from "node:crypto";
import {
  allowedScopes,
  GRANT_SECONDS,
  type GrantEnd,
  type GrantedClient,
  type ListedGrant,
} from "../domain/client-grants.ts";
import { AppError } from "../domain/errors.ts";
import { type Actor, type CallContext, type Caller, localCall, type Member } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Scope } from "../domain/roles.ts";
import { audit } from "./audit.ts";
import { requirePerson } from "./person.ts";

/** Somebody who has signed in. */
export interface SignedInPerson {
  readonly userId: string;
  /** Where they signed in at an identity provider: the tenants that it opens, and no others. */
  readonly tenantIds: readonly string[] | undefined;
}

export interface NewClientGrant {
  readonly tenantId: string;
  readonly client: GrantedClient;
  /** What the person agreed to. */
  readonly scopes: readonly Scope[];
}

export type ClientGrantService = ReturnType<typeof createClientGrantService>;

/** What people let clients (MCP clients, scripts) do for them, by consenting. */
export function createClientGrantService({
  storage,
  now,
  providerTenants,
}: {
  readonly storage: Storage;
  readonly now: () => Date;
  /** The tenants that an identity provider is bound to; none for one that is gone. */
  readonly providerTenants: (provider: string) => readonly string[];
}) {
  return {
    /** Whoever has signed in, with what that opens now: a provider's tenants only while it is bound to them. */
    personOf(
      userId: string,
      by: { provider: string; tenantIds: readonly string[] } | undefined,
    ): SignedInPerson {
      const bound = by === undefined ? [] : providerTenants(by.provider);
      return { userId, tenantIds: by?.tenantIds.filter((id) => bound.includes(id)) };
    },

    /** The tenants in which a person can let a client work, oldest membership first. Throws `forbidden` where there is none. */
    async tenantsOf(person: SignedInPerson): Promise<readonly [Member, ...Member[]]> {
      const members = await storage.directory.read((store) => store.membershipsOf(person.userId));
      const [first, ...others] = members.filter(({ tenantId }) => opens(person, tenantId));
      if (first !== undefined) return [first, ...others];
      throw new AppError("forbidden", "You are not a member of any tenant. Ask an admin to invite you.");
    },

    /**
     * Lets a client act for a member, within the member's role. Gives the grant's id and what it covers. Throws `forbidden`
     * when the person is no member of the tenant, or their role allows none of it.
     */
    async grant(person: SignedInPerson, { tenantId, client, scopes }: NewClientGrant, call: CallContext) {
      const { userId } = person;
      return storage.tenant(tenantId).write(async (store) => {
        const member = opens(person, tenantId) ? await store.members.find(userId) : undefined;
        if (member === undefined) {
          throw new AppError(
            "forbidden",
            "You are not a member of this tenant any more. Choose another one.",
          );
        }
        const granted = allowedScopes(member.role, scopes);
        if (granted.length === 0) {
          throw new AppError(
            "forbidden",
            "Nothing is left to allow. Choose at least one thing, or do not allow the app.",
          );
        }
        const id = randomUUID();
        const expiresAt = new Date(call.at.getTime() + GRANT_SECONDS * 1000);
        const grant = { id, userId, client, scopes: granted, createdAt: call.at, expiresAt };
        await store.clientGrants.add(grant);
        await audit(
          store,
          { userId, call },
          {
            target: { kind: "client_grant", id, name: client.name },
            details: { client_id: client.id, scopes: granted },
          },
        );
        return { grantId: id, scopes: granted };
      });
    },

    /** What the caller lets apps do, in all their tenants, the newest first. Throws `forbidden` for an API key and for an app. */
    async listOf(caller: Caller): Promise<ListedGrant[]> {
      requirePerson(caller);
      return storage.directory.read(({ oauth }) => oauth.listGrantsOf(caller.userId, now()));
    },

    /** Ends what an app may do for the caller, with all its tokens. Throws `not_found`, and `forbidden` as `listOf`. */
    async revoke(actor: Actor, grantId: string): Promise<void> {
      requirePerson(actor);
      await storage.directory.write(async (store) => {
        const grantor = await store.oauth.findGrantor(grantId);
        if (grantor?.userId !== actor.userId) {
          throw new AppError(
            "not_found",
            "You have let in no app with this id. See yours with list_connected_apps.",
          );
        }
        await store.oauth.endGrant(grantId);
        await audit(store.tenant(grantor.tenantId), actor, { target: { kind: "client_grant", id: grantId } });
      });
    },

    /** Ends a grant with all its tokens: the client has given it up, or a token of it was used twice. Again is nothing. */
    async end(grantId: string, reason: GrantEnd): Promise<void> {
      await storage.directory.write(async (store) => {
        const grantor = await store.oauth.findGrantor(grantId);
        await store.oauth.endGrant(grantId);
        if (grantor === undefined) return;
        const { tenantId, userId } = grantor;
        await audit(
          store.tenant(tenantId),
          { userId, call: localCall("end_client_grant") },
          { target: { kind: "client_grant", id: grantId }, details: { ended: reason } },
        );
      });
    },
  };
}

function opens({ tenantIds }: SignedInPerson, tenantId: string): boolean {
  return tenantIds === undefined || tenantIds.includes(tenantId);
}
