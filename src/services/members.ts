import { AppError } from "../domain/errors.ts";
import type { Actor, Caller, Member, MemberEntry } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { type Role, within } from "../domain/roles.ts";
import { audit } from "./audit.ts";
import { requireCurrentKey } from "./current-key.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import { requirePerson } from "./person.ts";

export type MemberService = ReturnType<typeof createMemberService>;

/** Who belongs to a tenant, and with which role. A tenant has an admin at all times. */
export function createMemberService({
  storage,
  cursors,
}: {
  readonly storage: Storage;
  readonly cursors: Cursors;
}) {
  return {
    /** In the order of their usernames. */
    list(caller: Caller, request: PageRequest): Promise<Page<MemberEntry>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_members" } };
      return storage.tenant(caller.tenantId).read(({ members }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) => members.list({ limit, after: after && String(after.key) }),
          positionOf: ({ username, userId }) => ({ key: username, id: userId }),
        }),
      );
    },

    /**
     * Binds at the member's next call. Throws `forbidden` for a role that may do more than the caller's credential, and
     * `conflict` when no admin would be left.
     */
    async changeRole(actor: Actor, username: string, role: Role): Promise<Member> {
      requireWithin(actor, role);
      return storage.tenant(actor.tenantId).write(async (store) => {
        await requireCurrentKey(store, actor);
        const member = await requireMember(store, username);
        if (member.role === role) return member;
        if (member.role === "admin") await endAdmin(store, actor, member);
        await store.members.setRole(member.userId, role);
        await audit(store, actor, {
          target: { kind: "member", id: member.userId },
          details: { role, before: member.role },
        });
        return { ...member, role };
      });
    },

    /** Ends a membership, with the member's keys and search history in the tenant. Throws `conflict` for the last admin. */
    remove(actor: Actor, username: string): Promise<Member> {
      return storage.tenant(actor.tenantId).write(async (store) => {
        const member = await requireMember(store, username);
        await removeMember(store, actor, member);
        return member;
      });
    },

    /** Ends the caller's own membership. Throws `conflict` for the last admin, and `forbidden` for an API key. */
    async leave(actor: Actor): Promise<void> {
      requirePerson(actor);
      await storage.tenant(actor.tenantId).write(async (store) => {
        const member = await requireMember(store, actor.username);
        await removeMember(store, actor, member);
      });
    },
  };
}

async function requireMember(store: TenantStore, username: string): Promise<Member> {
  const member = await store.members.findByName(username);
  if (member !== undefined) return member;
  throw new AppError("not_found", "Nobody of this name is a member here. See them with list_members.");
}

async function removeMember(store: TenantStore, actor: Actor, member: Member): Promise<void> {
  if (member.role === "admin") await endAdmin(store, actor, member);
  await store.members.remove(member.userId);
  await audit(store, actor, {
    target: { kind: "member", id: member.userId },
    details: { role: member.role },
  });
}

/**
 * Before somebody stops being admin. Throws `conflict` where there is no other: nobody could invite, promote or end anything.
 * What the member has invited to ends, too: one of its codes would be a way back.
 */
export async function endAdmin(
  store: TenantStore,
  { call }: Pick<Actor, "call">,
  member: Member,
): Promise<void> {
  if (await endAdminUnlessLast(store, { call }, member)) return;
  throw new AppError(
    "conflict",
    "The tenant has no other admin. Make somebody else admin first (change_member_role), or delete the tenant.",
    { reason: "last_admin" },
  );
}

/** As `endAdmin`; false, and nothing is done, where there is no other. */
export async function endAdminUnlessLast(
  { members, invitations }: TenantStore,
  { call }: Pick<Actor, "call">,
  { userId }: Pick<Member, "userId">,
): Promise<boolean> {
  if ((await members.countAdmins()) === 1) return false;
  await invitations.revokeOf(userId, call.at);
  return true;
}

/** Throws `forbidden` for a role that may do more than the credential with which it is given. */
export function requireWithin({ permissions }: Pick<Actor, "permissions">, role: Role): void {
  if (within(role, permissions)) return;
  throw new AppError(
    "forbidden",
    `Nobody gives more than they hold: this credential may not do all that the role ${role} may. Choose a lower one.`,
    { role },
  );
}
