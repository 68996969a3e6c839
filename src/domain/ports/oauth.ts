import type { GrantedClient, ListedGrant } from "../client-grants.ts";
import type { Member } from "../identity.ts";
import type { Scope } from "../roles.ts";

/**
 * One thing that the authorization server keeps: a client, a grant, a code, a refresh token, a browser's session. What is in
 * it is the protocol library's own; beside it stands what has to be searched by.
 */
export interface OAuthRecord {
  /** The library's model, such as `RefreshToken`. */
  readonly kind: string;
  /** Unique in its kind. Of a secret: its hash, never itself. */
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The person. It ends with them. */
  readonly userId: string | undefined;
  readonly clientId: string | undefined;
  /** The grant from which it comes. */
  readonly grantId: string | undefined;
  /** A second name. */
  readonly uid: string | undefined;
  readonly consumedAt: Date | undefined;
  /** After this it counts as gone, and is dropped some time later. */
  readonly expiresAt: Date;
}

/** Records of the authorization server. Those that have expired are not found. */
export interface OAuthStore {
  /** Writes a record in place of the one with this id, if any. Drops what has expired. */
  put(record: OAuthRecord, now: Date): Promise<void>;
  find(kind: string, id: string, now: Date): Promise<OAuthRecord | undefined>;
  findByUid(kind: string, uid: string, now: Date): Promise<OAuthRecord | undefined>;
  /** Marks a record as used; false when it was used before, or is gone. */
  consume(kind: string, id: string, at: Date): Promise<boolean>;
  remove(kind: string, id: string): Promise<void>;
  /** Keeps a record at least until then. */
  prolong(kind: string, id: string, until: Date): Promise<void>;
  /** Ends a grant with all that comes from it. */
  endGrant(grantId: string): Promise<void>;
  /**
   * Ends all of a person's grants and sessions, so that each client and browser has to sign in again. Gives the tenant of each
   * grant that there was.
   */
  endAllOf(userId: string): Promise<string[]>;
  /** The member for whom a client acts by a grant; `undefined` when grant or membership have ended. */
  findGrantor(grantId: string): Promise<Member | undefined>;
  /** What a person lets clients do, in all their tenants, the newest first; what has expired is not among it. */
  listGrantsOf(userId: string, now: Date): Promise<ListedGrant[]>;
}

/** What a member let clients do in one tenant. A grant ends with the membership. */
export interface ClientGrantStore {
  add(grant: ClientGrant): Promise<void>;
}

export interface ClientGrant {
  readonly id: string;
  readonly userId: string;
  readonly client: GrantedClient | undefined;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}
