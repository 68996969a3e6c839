import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, CallContext, Caller, Member } from "../domain/identity.ts";
import type { AccessTokens, MintedRefreshToken, RefreshTokens } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { ListedSession, Session } from "../domain/session.ts";
import { type AuditActor, audit } from "./audit.ts";
import { requirePerson } from "./person.ts";

/** What a sign-in gives. */
export interface SignedIn {
  readonly token: string;
  readonly lifetimeSeconds: number;
  readonly refresh: { readonly token: string; readonly lifetimeSeconds: number } | undefined;
  readonly member: Member;
}

/**
 * Finds, in the transaction that begins a session, the member whose it is. `undefined` where what they showed is good no longer:
 * a new password, or signing out everywhere, may have come while it was checked, and must not be outlived by what was shown before.
 */
export type ProveMember = (store: DirectoryStore) => Promise<Member | undefined>;

interface OpenSession {
  readonly session: Session;
  readonly member: Member;
}

export type SessionService = ReturnType<typeof createSessionService>;

/**
 * Sessions of people: begun by a sign-in, renewed by refresh tokens, ended by signing out. Every access token names its
 * session, which is looked up with the membership: what ends here binds at the next call.
 */
export function createSessionService(deps: {
  readonly storage: Storage;
  readonly tokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly now: () => Date;
  /** How long a session lives that is not renewed, and at most, however often it is. In ms. */
  readonly idleMs: number;
  readonly longestMs: number;
}) {
  const { storage, tokens, refreshTokens, now, idleMs, longestMs } = deps;

  function expiryOf(createdAt: Date, usedAt: Date): Date {
    return new Date(Math.min(createdAt.getTime() + longestMs, usedAt.getTime() + idleMs));
  }

  /** What its owner gets of a session as it is now. */
  async function signedIn(
    { session, member }: OpenSession,
    at: Date,
    minted: MintedRefreshToken | undefined,
  ): Promise<SignedIn> {
    const { userId, tenantId, role } = member;
    const secondsLeft = Math.floor((session.expiresAt.getTime() - at.getTime()) / 1000);
    const { token, lifetimeSeconds } = await tokens.issue({ userId, tenantId, role, sessionId: session.id });
    return {
      token,
      lifetimeSeconds: Math.min(lifetimeSeconds, secondsLeft),
      refresh: minted && { token: minted.token, lifetimeSeconds: secondsLeft },
      member,
    };
  }

  async function begin(
    store: DirectoryStore,
    member: Member,
    call: CallContext,
    from: Pick<Session, "createdAt" | "lastUsedAt" | "expiresAt"> & {
      readonly minted: MintedRefreshToken | undefined;
    },
  ): Promise<OpenSession> {
    const { tenantId, userId } = member;
    const { minted, createdAt, lastUsedAt, expiresAt } = from;
    const session: Session = {
      id: randomUUID(),
      tenantId,
      userId,
      refresh: hashesOf(minted),
      address: call.address,
      createdAt,
      lastUsedAt,
      expiresAt,
    };
    await store.sessions.dropExpired(userId, now());
    await store.sessions.insert(session);
    await audit(store.tenant(tenantId), { userId, call }, { target: targetOf(session) });
    return { session, member };
  }

  return {
    /**
     * Begins a session of somebody who has shown who they are. Without a refresh token it ends with its access token, which
     * is for programs that sign in each time they run. Throws `unauthenticated` when the proof is good no longer, and as it
     * throws.
     */
    async open(
      prove: ProveMember,
      call: CallContext,
      { withRefreshToken }: { readonly withRefreshToken: boolean },
    ): Promise<SignedIn> {
      const at = now();
      const minted = withRefreshToken ? refreshTokens.mint() : undefined;
      const expiresAt = minted ? expiryOf(at, at) : new Date(at.getTime() + tokens.lifetimeSeconds * 1000);
      const opened = await storage.directory.write(async (store) => {
        const member = await prove(store);
        if (member === undefined) throw overtaken();
        return begin(store, member, call, { minted, createdAt: at, lastUsedAt: at, expiresAt });
      });
      return signedIn(opened, at, minted);
    },

    /**
     * Goes on in another tenant of the same person. The new session is no new sign-in: it ends when the calling one would, is
     * renewed only where that can be, and never beyond the most that a sign-in is good for. Throws `not_found` for a tenant
     * that is not theirs, and `unauthenticated` when the calling session has ended meanwhile.
     */
    async continueIn(actor: Actor, tenantId: string): Promise<SignedIn> {
      const at = now();
      const next = refreshTokens.mint();
      const opened = await storage.directory.write(async (store) => {
        const member = await store.findMember(tenantId, actor.userId);
        if (member === undefined) {
          throw new AppError("not_found", "You have no tenant with this id. See yours with list_tenants.");
        }
        const { sessionId, userId } = actor;
        const calling =
          sessionId === undefined
            ? undefined
            : await store.sessions.find({ id: sessionId, tenantId: actor.tenantId, userId }, at);
        if (calling === undefined) throw overtaken();
        const minted = calling.refresh === undefined ? undefined : next;
        return begin(store, member, actor.call, { ...calling, minted });
      });
      return signedIn(opened, at, opened.session.refresh && next);
    },

    /**
     * A new access token, and the next refresh token, for a refresh token. Each is good once: an old one ends the session, since
     * either who shows it or who showed it before has stolen it [RFC 9700, section 4.14.2]. There is no time of grace for
     * clients that send one twice: a thief would have it, too. Throws `unauthenticated`.
     */
    async refresh(refreshToken: string, call: CallContext): Promise<SignedIn> {
      const shown = refreshTokens.read(refreshToken);
      if (shown === undefined) throw refused();
      const next = shown.next();
      const at = now();
      // The end of a stolen session has to be committed: the refusal is thrown after it.
      const outcome = await storage.directory.write(async (store) => {
        const found = await store.sessions.findByFamily(shown.familyHash);
        if (found === undefined || found.session.expiresAt <= at) return undefined;
        const { session, member } = found;
        if (session.refresh?.tokenHash !== shown.tokenHash) {
          await store.sessions.end(session.userId, session.id);
          await audit(
            store.tenant(session.tenantId),
            { userId: session.userId, call },
            { target: targetOf(session), details: { ended: "refresh_token_reused" } },
          );
          return "reused";
        }
        const renewed = {
          ...session,
          refresh: hashesOf(next),
          lastUsedAt: at,
          expiresAt: expiryOf(session.createdAt, at),
        };
        // Nothing for the audit: it tells who began what and how it ended, not each quarter of an hour in between.
        await store.sessions.renew(renewed);
        return { session: renewed, member };
      });
      if (outcome === undefined) throw refused();
      if (outcome === "reused") throw reused();
      return signedIn(outcome, at, next);
    },

    /** The caller's own, in all their tenants, the last used first. Throws `forbidden` for an API key. */
    list(caller: Caller): Promise<ListedSession[]> {
      requirePerson(caller);
      return storage.directory.read((store) => store.sessions.listOf(caller.userId, now()));
    },

    /** Ends the session that asks, or another one of the same person. Throws `not_found`, and `forbidden` for an API key. */
    async end(actor: Actor, id = actor.sessionId): Promise<void> {
      requirePerson(actor);
      await storage.directory.write(async (store) => {
        const ended = id === undefined ? undefined : await store.sessions.end(actor.userId, id);
        if (ended === undefined) {
          throw new AppError("not_found", "You have no session with this id. See yours with list_sessions.");
        }
        await audit(store.tenant(ended.tenantId), actor, { target: targetOf(ended) });
      });
    },

    /**
     * Ends all sessions of the caller, in all their tenants, the one that asks among them. API keys stay: they are for
     * machines. Gives how many sessions there were. Throws `forbidden` for an API key.
     */
    async endAll(actor: Actor): Promise<number> {
      requirePerson(actor);
      return storage.directory.write((store) => endSessions(store, actor, actor.userId));
    },
  };
}

/**
 * Ends all that lets a person in without their password, in a transaction that others begin: a new password, say. The clients
 * that they let in are among it. Each tenant in which something ended has it in its audit, and the actor's, if the call is for
 * one, in any case. Gives how many sessions there were.
 */
export async function endSessions(
  store: DirectoryStore,
  { tenantId: own, ...actor }: AuditActor & { readonly tenantId?: string | undefined },
  userId: string,
): Promise<number> {
  const sessions = (await store.sessions.endAllOf(userId)).map(({ tenantId }) => tenantId);
  const grants = await store.oauth.endAllOf(userId);
  for (const tenantId of new Set([...(own === undefined ? [] : [own]), ...sessions, ...grants])) {
    const inTenant = (ended: readonly string[]) => ended.filter((id) => id === tenantId).length;
    await audit(store.tenant(tenantId), actor, {
      target: { kind: "member", id: userId },
      details: { sessions: inTenant(sessions), client_grants: inTenant(grants) },
    });
  }
  return sessions.length;
}

function hashesOf(minted: MintedRefreshToken | undefined): Session["refresh"] {
  return minted && { familyHash: minted.familyHash, tokenHash: minted.tokenHash };
}

function targetOf({ id }: Session) {
  return { kind: "session", id };
}

function overtaken(): AppError {
  return new AppError(
    "unauthenticated",
    "The password was changed, or you signed out everywhere, in the meantime. Sign in again.",
  );
}

function refused(): AppError {
  return new AppError("unauthenticated", "The refresh token is not valid any more. Sign in again.", {
    reason: "invalid",
  });
}

function reused(): AppError {
  return new AppError(
    "unauthenticated",
    "This refresh token was used before, so that somebody else may hold it: the session has ended. Sign in again.",
    { reason: "reused" },
  );
}
