import type { Member } from "../identity.ts";
import type { ListedSession, Session } from "../session.ts";

/** Sign-ins of people, in all their tenants. A session ends with its membership. */
export interface SessionStore {
  insert(session: Session): Promise<void>;
  /** The session to which refresh tokens of this family belong, and its member; whether or not it has expired. */
  findByFamily(
    familyHash: string,
  ): Promise<{ readonly session: Session; readonly member: Member } | undefined>;
  /** A session that has not expired. */
  find(session: Pick<Session, "id" | "tenantId" | "userId">, now: Date): Promise<Session | undefined>;
  /** The member for whom a session acts, expired or not; `undefined` when session or membership have ended. */
  findMember(
    session: Pick<Session, "id" | "tenantId" | "userId">,
  ): Promise<{ readonly member: Member; readonly expiresAt: Date } | undefined>;
  /** Writes the hash of the next refresh token, and the times. */
  renew(session: Session): Promise<void>;
  /** Those of a user that have not expired, the last used first. */
  listOf(userId: string, now: Date): Promise<ListedSession[]>;
  /** Ends a session of the user; `undefined` when there is none with this id. */
  end(userId: string, id: string): Promise<Session | undefined>;
  /** Ends all of a user's; gives those that there were. */
  endAllOf(userId: string): Promise<Session[]>;
  /** Drops those of a user that have expired. */
  dropExpired(userId: string, now: Date): Promise<void>;
}
