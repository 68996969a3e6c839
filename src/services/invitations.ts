import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, CallContext, Caller, Member } from "../domain/identity.ts";
import { type FoundInvitation, type Invitation, isOpen } from "../domain/invitation.ts";
import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import type { Cursors, Secrets } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage, TenantStore } from "../domain/ports/storage.ts";
import type { Role } from "../domain/roles.ts";
import { audit } from "./audit.ts";
import { requireCurrentKey } from "./current-key.ts";
import type { Links } from "./links.ts";
import type { MailDelivery } from "./mail-delivery.ts";
import { requireWithin } from "./members.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import { requirePerson } from "./person.ts";
import type { QuotaService } from "./quotas.ts";
import { rateLimited } from "./rate-limited.ts";

export interface NewInvitation {
  readonly role: Role;
  /** The only address whose owner may accept it. */
  readonly email?: string | undefined;
  readonly expiresInDays: number;
}

/** Where the mail is: `failing` after a first try in vain. */
export type MailState = "waiting" | "failing" | "sent";

export interface ListedInvitation extends Invitation {
  readonly inviter: string;
  /** `undefined`: it is not mailed. */
  readonly mail: MailState | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** To somebody who did not ask for them: what fills no mailbox. */
const MAILS_TO_ADDRESS = { points: 5, seconds: 60 * 60 } as const;
/** Invitations of one tenant that wait to be mailed: others' mails do not wait long behind them. */
const MOST_WAITING = 200;

export type InvitationService = ReturnType<typeof createInvitationService>;

/** How people come into a tenant that is there already: with the role that the invitation carries, and no other. */
export function createInvitationService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly secrets: Secrets;
  readonly quotas: Pick<QuotaService, "requireWithin">;
  readonly now: () => Date;
  readonly mails: Pick<MailDelivery, "enabled" | "wake">;
  readonly limiter: Pick<RateLimiter, "counter">;
  readonly links: Links;
}) {
  const { storage, cursors, secrets, quotas, mails, links, now } = deps;
  const mailsToAddress = deps.limiter.counter("invitation:mails", MAILS_TO_ADDRESS);

  return {
    /**
     * The code is in this answer and nowhere else; where it is mailed, in the mail alone. An open one for the same address ends.
     * Throws `forbidden` for a role beyond the inviter's credential, `rate_limited` where the address was mailed too often, and
     * `unavailable` where too many mails of the tenant wait.
     */
    async create(actor: Actor, { role, email, expiresInDays }: NewInvitation) {
      requireWithin(actor, role);
      const { secret: code, secretHash } = secrets.mint();
      const createdAt = now();
      const mailed = email !== undefined && mails.enabled;
      if (mailed) await countMail(actor.tenantId, email);
      const invitation: Invitation = {
        id: randomUUID(),
        role,
        email,
        inviterId: actor.userId,
        keyId: actor.key?.id,
        secretHash,
        mailed,
        createdAt,
        expiresAt: earlier(new Date(createdAt.getTime() + expiresInDays * DAY_MS), actor.key?.expiresAt),
        acceptedAt: undefined,
        acceptedBy: undefined,
        revokedAt: undefined,
      };
      await storage.directory.write(async (directory) => {
        const store = directory.tenant(actor.tenantId);
        await requireCurrentKey(store, actor);
        const replaced = email === undefined ? [] : await store.invitations.revokeFor(email, createdAt);
        await store.invitations.insert(invitation);
        if (mailed) await addMail(directory, invitation, actor.tenantId);
        await audit(store, actor, {
          target: { kind: "invitation", id: invitation.id },
          details: {
            role,
            expires_at: invitation.expiresAt.toISOString(),
            ...(replaced.length > 0 && { replaces: replaced }),
          },
        });
      });
      if (mailed) mails.wake();
      return { invitation, shown: mailed ? undefined : { code, link: links.invitation(code) } };
    },

    /** Those that can still be accepted, newest first. */
    async list(caller: Caller, request: PageRequest): Promise<Page<ListedInvitation>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_invitations" } };
      const page = await storage.tenant(caller.tenantId).read(({ invitations }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            invitations.listOpen(now(), {
              limit,
              after: after && { createdAt: new Date(Number(after.key)), id: after.id },
            }),
          positionOf: ({ createdAt, id }) => ({ key: createdAt.getTime(), id }),
        }),
      );
      const mailed = page.items.filter((row) => row.mailed).map(({ id }) => id);
      const waiting = await storage.directory.read((store) => store.mails.waitingAbout(mailed));
      return {
        ...page,
        items: page.items.map((row) => ({ ...row, mail: mailState(row, waiting.get(row.id)) })),
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

  /** By tenant: that somebody else has invited the same person is not to be felt. */
  async function countMail(tenantId: string, email: string): Promise<void> {
    const { allowed, resetMs } = await mailsToAddress.take(`${tenantId} ${email}`);
    if (allowed) return;
    throw rateLimited(
      (wait) =>
        `This address was sent ${MAILS_TO_ADDRESS.points} invitations within the hour. The newest is still good: ask whose it is to look for it, or wait ${wait}.`,
      resetMs,
    );
  }

  async function addMail(
    { mails: queue }: DirectoryStore,
    { id, createdAt, expiresAt }: Invitation,
    tenantId: string,
  ): Promise<void> {
    if ((await queue.count({ kind: "invitation", tenantId })) >= MOST_WAITING) {
      throw new AppError(
        "unavailable",
        `${MOST_WAITING} invitations of your tenant wait to be mailed. Invite more when some have gone out (list_invitations says how far they are).`,
      );
    }
    await queue.add({ id: randomUUID(), kind: "invitation", tenantId, about: id, expiresAt }, createdAt);
  }

  /**
   * Makes a user a member by an invitation, which is used up, in the transaction that is given. Throws `not_found` for an
   * invitation that is used, revoked, expired or none, all alike, and `conflict` for who is a member already.
   */
  async function admit(
    store: DirectoryStore,
    code: string,
    person: {
      readonly userId: string;
      readonly username: string;
      /** Whether the account is made by this very invitation. */
      readonly isNew?: boolean;
    },
    call: CallContext,
  ): Promise<Member> {
    const { userId, username, isNew = false } = person;
    const { invitation, tenantId, tenantName } = await requireOpen(store, code);
    await claimAddress(store, userId, invitation, isNew);
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
    if (
      found !== undefined &&
      isOpen(found.invitation, now()) &&
      !found.tenantEndsAt &&
      (await isKeyGood(store.tenant(found.tenantId), found.invitation))
    ) {
      return found;
    }
    throw new AppError(
      "not_found",
      "The invitation is not valid: it was used, revoked, has expired, or its code is not complete. Ask for a new one.",
    );
  }
}

/**
 * Holds an invitation to the address that it is for. Whoever is known by another one may not accept it, nor anybody while it is
 * another account's. An account that is made with a mailed code is known by the address from then on. One that is there already is
 * not: the link could have been handed on by whoever owns the mailbox, and would let them set the account's password.
 * Throws `forbidden`.
 */
async function claimAddress(
  store: DirectoryStore,
  userId: string,
  { email, mailed }: Invitation,
  isNew: boolean,
): Promise<void> {
  if (email === undefined) return;
  const [own, owner] = [await store.findUser(userId), await store.findUserByEmail(email)];
  if ((own?.email ?? email) !== email || (owner !== undefined && owner.id !== userId)) {
    throw new AppError(
      "forbidden",
      "The invitation is for an e-mail address that is not yours. Sign in as whom it is for, or ask for one of your own.",
    );
  }
  if (mailed && isNew) await store.setEmail(userId, email);
}

/** What a key made ends with the key: one that leaked is taken back whole. */
async function isKeyGood({ keys }: TenantStore, { keyId }: Invitation): Promise<boolean> {
  if (keyId === undefined) return true;
  const key = await keys.find(keyId);
  return key !== undefined && key.revokedAt === undefined;
}

function earlier(at: Date, latest: Date | undefined): Date {
  return latest !== undefined && latest < at ? latest : at;
}

function mailState({ mailed }: Invitation, attempts: number | undefined): MailState | undefined {
  if (!mailed) return undefined;
  if (attempts === undefined) return "sent";
  return attempts > 0 ? "failing" : "waiting";
}
