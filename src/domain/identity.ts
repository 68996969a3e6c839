import { z } from "zod";
import { compatible } from "./composed.ts";
import type { OnceAttempt } from "./idempotency.ts";
import { LINE, NOT_A_LINE } from "./plain-text.ts";
import { type Permission, ROLES, type Role, type Scope } from "./roles.ts";

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

export interface User {
  readonly id: string;
  readonly username: string;
  /** `undefined`: they sign in with an identity provider alone. */
  readonly passwordHash: string | undefined;
  /** One that was shown to be theirs. */
  readonly email?: string | undefined;
  readonly createdAt: Date;
}

/** A user in a tenant. */
export interface Member {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  /** When the tenant, which is being deleted, is gone. */
  readonly tenantEndsAt?: Date | undefined;
}

/** A member as a tenant lists them. */
export interface MemberEntry extends Member {
  readonly joinedAt: Date;
}

/** A key for a machine. Only the hash of its secret is stored. */
export interface ApiKey {
  readonly id: string;
  readonly userId: string;
  /** The key with which it was made, if not by a person who had signed in. It ends with that key. */
  readonly madeBy: string | undefined;
  readonly name: string;
  readonly secretHash: string;
  /** The first characters of the secret, to recognise it by. */
  readonly prefix: string;
  /** The most that the key may do, whatever its owner's role becomes. */
  readonly ceiling: Role;
  /** What it is narrowed to; all that the ceiling allows when there are none. */
  readonly scopes: readonly Scope[] | undefined;
  /** Whether a program that decides by itself holds it, and no person's script: it never approves anything. */
  readonly agent: boolean;
  /** The secret before the last rotation, which is good for some time more. */
  readonly retiring: { readonly secretHash: string; readonly until: Date } | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  readonly lastUsedAt: Date | undefined;
  readonly revokedAt: Date | undefined;
}

/** A key as a tenant's admin sees it. */
export interface OwnedKey extends ApiKey {
  readonly username: string;
}

export interface CallingKey extends Pick<ApiKey, "id" | "ceiling" | "agent" | "expiresAt"> {
  /** Whether the call came with the secret before the last rotation, which makes no new one. */
  readonly isRetiring: boolean;
}

/** Who makes a call: resolved anew for each call, so that a changed role or a removed member binds at the next one. */
export interface Caller {
  readonly userId: string;
  readonly username: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly role: Role;
  /** When the tenant, which is being deleted, is gone: until then little of it is served. */
  readonly tenantEndsAt?: Date | undefined;
  readonly permissions: ReadonlySet<Permission>;
  /** `provider_token`: an access token of an identity provider outside. */
  readonly credential: "access_token" | "api_key" | "provider_token";
  /** The key, where the credential is one: what is made with it ends with it. */
  readonly key?: CallingKey | undefined;
  /** The session, where the credential is an access token of one. */
  readonly sessionId?: string | undefined;
  /** The consent by which a client acts for the member, where it does: it can ask for more. */
  readonly grant?: ConsentedScopes | undefined;
}

/** What a member let a client do. */
export interface ConsentedScopes {
  /** Of the grant. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

/** One call of an operation, as the audit and the limits know it. */
export interface CallContext {
  readonly operation: string;
  readonly requestId: string;
  readonly at: Date;
  /** The client's network address, where the call came over the network. */
  readonly address?: string | undefined;
  /** Where the call is to be done once, however often it is sent. */
  readonly once?: OnceAttempt | undefined;
}

/** The call of somebody at this machine, or of the server itself: it comes over no network. */
export function localCall(operation: string): CallContext {
  return { operation, requestId: crypto.randomUUID(), at: new Date() };
}

/** A caller in one call of an operation: whom the audit names for what is changed. */
export interface Actor extends Caller {
  readonly call: CallContext;
}

/** Claims of an access token that a sign-in gave. */
export interface SessionClaims {
  readonly userId: string;
  readonly tenantId: string;
  /** The sign-in that it comes from, and with which it ends. */
  readonly sessionId: string;
  readonly grant?: undefined;
}

/** Claims of an access token that a client has by a member's consent. */
export interface GrantClaims {
  readonly userId: string;
  readonly tenantId: string;
  readonly sessionId?: undefined;
  readonly grant: ConsentedScopes;
}

export type AccessClaims = SessionClaims | GrantClaims;

/** A username as it is kept and compared: in lower case, and one form for letters of one look and sense (`ａｄａ` is `ada`). */
export function foldedUsername(typed: string): string {
  return compatible(typed.trim()).toLowerCase();
}

/** Names somebody who is there. */
export const usernameSchema = z
  .string()
  .overwrite(foldedUsername)
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,99}$/u,
    "A username has 1 to 100 letters, digits and . _ @ + -, and starts with a letter or digit",
  )
  .describe("Name to sign in with, not case-sensitive");

/** Of somebody new: with a letter that shows nothing (Hangul has some) it would look exactly like another's. */
export const newUsernameSchema = usernameSchema.regex(
  /^\P{Default_Ignorable_Code_Point}*$/u,
  "A username has no letters that nobody sees",
);

export const tenantNameSchema = z.string().trim().min(1).max(100).regex(LINE, NOT_A_LINE);

export const roleSchema = z.enum(ROLES).describe("Role in the tenant");
