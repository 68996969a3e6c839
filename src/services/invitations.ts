import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, CallContext, Caller, Member } from "../domain/identity.ts";
import { type FoundInvitation, type Invitation, isOpen } from "../domain/invitation.ts";
import type { Cursors, Secrets } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { Role } from "../domain/roles.ts";
import { audit } from "./audit.ts";
import { requireWithin } from "./members.ts";
import type { Page } from "./page.ts";
import { requirePerson } from "./person.ts";
import type { QuotaService } from "./quotas.ts";

export interface NewInvitation {
  readonly role: Role;
  /** The only address whose owner may accept it. */
  readonly email?: string | undefined;
  readonly expiresInDays: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

export type InvitationService = ReturnType<typeof createInvitationService>;

/** How people come into a tenant that is there already: with the role that the invitation carries, and no other. */
export function createInvitationService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly secrets: Secrets;
  readonly quotas: Pick<QuotaService, "requireWithin">;
  readonly now: () => Date;
  /** The page on which an invitation is accepted, by its code. */
  readonly linkTo: (code: string) => string;
}) {
  const { storage, cursors, secrets, quotas, now, linkTo } = deps;

  return {
    /** The code is in this answer and nowhere else. Throws `forbidden` for a role beyond the inviter's credential. */
    async create(actor: Actor, { role, email, expiresInDays }: NewInvitation) {
      requireWithin(actor, role);
      const { secret: code, secretHash } = secrets.mint();
      const createdAt = now();
      const invitation: Invitation = {
        id: randomUUID(),
        role,
        email,
        inviterId: actor.userId,
        secretHash,
        createdAt,
        expiresAt: new Date(createdAt.getTime() + expiresInDays * DAY_MS),
        acceptedAt: undefined,
        acceptedBy: undefined,
        revokedAt: undefined,
      };
      await storage.tenant(actor.tenantId).write(async (store) => {
        await store.invitations.insert(invitation);
        await audit(store, actor, {
          target: { kind: "invitation", id: invitation.id },
          details: { role, expires_at: invitation.expiresAt.toISOString() },
        });
      });
      return { invitation, code, link: linkTo(code) };
    },

    /** Those that can still be accepted, newest first. */
    async list(
      caller: Caller,
      { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
    ): Promise<Page<Invitation & { readonly inviter: string }>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_invitations" } };
      const position = cursor === undefined ? undefined : cursors.open(scope, cursor);
      const rows = await storage.tenant(caller.tenantId).read(({ invitations }) =>
        invitations.listOpen(now(), {
          limit: limit + 1,
          after: position && { createdAt: new Date(Number(position.key)), id: position.id },
        }),
      );
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items,
        next_cursor:
          rows.length > limit && last !== undefined
            ? cursors.seal(scope, { key: last.createdAt.getTime(), id: last.id })
            : null,
      };
    },

    /** Ends an invitation that nobody has accepted. Throws `not_found` for any other. */
    revoke(actor: Actor, id: string): Promise<Invitation> {
      return storage.tenant(actor.tenantId).write(async (store) => {
        const invitation = await store.invitations.find(id);
        if (invitation === undefined || !isOpen(invitation, now())) {
          throw new AppError(
            "not_found",
            "No open invitation has this id here. See them with list_invitations.",
          );
        }
        const revokedAt = now();
        await store.invitations.settle(id, { revokedAt });
        await audit(store, actor, { target: { kind: "invitation", id } });
        return { ...invitation, revokedAt };
      });
    },

    /** What an invitation offers, for whoever holds its code. Throws `not_found` for one that cannot be accepted. */
    preview(code: string): Promise<FoundInvitation> {
      return storage.directory.read((store) => requireOpen(store, code));
    },

    /** Makes the caller a member. Throws as `admit`, and `forbidden` for an API key. */
    async accept(actor: Actor, code: string): Promise<Member> {
      requirePerson(actor);
      return storage.directory.write((store) => admit(store, code, actor, actor.call));
    },

    admit,
  };

  /**
   * Makes a user a member by an invitation, which is used up, in the transaction that is given. Throws `not_found` for an
   * invitation that is used, revoked, expired or none, all alike, and `conflict` for who is a member already.
   */
  async function admit(
    store: DirectoryStore,
    code: string,
    person: { readonly userId: string; readonly username: string },
    call: CallContext,
  ): Promise<Member> {
    const { userId, username } = person;
    const { invitation, tenantId, tenantName } = await requireOpen(store, code);
    const tenant = store.tenant(tenantId);
    if ((await tenant.members.find(userId)) !== undefined) {
      throw new AppError(
        "conflict",
        "You are a member of this tenant already. The invitation is still open.",
      );
    }
    await tenant.members.add(userId, invitation.role);
    await quotas.requireWithin(tenant, ["members"]);
    await tenant.invitations.settle(invitation.id, { acceptedAt: now(), acceptedBy: userId });
    await audit(
      tenant,
      { userId, call },
      {
        target: { kind: "member", id: userId },
        details: { role: invitation.role, invitation: invitation.id },
      },
    );
    return { tenantId, tenantName, userId, username, role: invitation.role };
  }

  async function requireOpen(store: DirectoryStore, code: string): Promise<FoundInvitation> {
    const found = await store.findInvitation(secrets.hash(code));
    if (found !== undefined && isOpen(found.invitation, now())) return found;
    throw new AppError(
      "not_found",
      "The invitation is not valid: it was used, revoked, has expired, or its code is not complete. Ask for a new one.",
    );
  }
}
