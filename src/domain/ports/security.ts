import type { AccessClaims, SessionClaims } from "../identity.ts";
import type { ProvenToken } from "../identity-provider.ts";
import type { Role } from "../roles.ts";

/**
 * Hashing is dear: what comes while too much of it waits is rejected, with `rate_limited` where too much of it is from
 * one network, with `unavailable` otherwise. Say the address wherever somebody asks for it over the network.
 */
export interface PasswordHasher {
  /** Throws `invalid_input` with the reason when the policy refuses the password. */
  check(password: string): void;
  hash(password: string, address?: string): Promise<string>;
  /**
   * Whether the password belongs to the hash; a missing hash costs the same time and is never a match.
   * `stale`: the hash was made with weaker parameters than today's and should be made again.
   */
  verify(
    hash: string | undefined,
    password: string,
    address?: string,
  ): Promise<{ readonly matches: boolean; readonly stale: boolean }>;
}

export interface AccessTokens {
  readonly lifetimeSeconds: number;
  /** Signs a token that lives so long. */
  issue(
    claims: SessionClaims & { readonly role: Role },
  ): Promise<{ readonly token: string; readonly lifetimeSeconds: number }>;
  /**
   * Throws `unauthenticated` for anything but a token of ours that is valid now: one that `issue` made, or one that our
   * authorization server made for this very audience, where one is given.
   */
  verify(token: string, audience?: TokenAudience): Promise<AccessClaims>;
  /** Public keys, as a JWK Set: those of tokens that are good, and those that will sign later. */
  jwks(): Promise<{ readonly keys: readonly Readonly<Record<string, unknown>>[] }>;
}

/** For what an authorization server makes a token [RFC 8707]. */
export interface TokenAudience {
  /** The authorization server. */
  readonly issuer: string;
  /** The protected resource at which the token may be used, and nowhere else. */
  readonly identifier: string;
}

/** Access tokens of the identity providers that the operator has named. */
export interface ProviderTokens {
  /** Whether a token says that it is of one of them. Only `verify` tells whether that is true. */
  recognises(token: string): boolean;
  /**
   * Throws `unauthenticated` for a token that is not valid now, and `unavailable` when its issuer's keys are not known and
   * cannot be had.
   */
  verify(token: string): Promise<ProvenToken>;
}

/** The keys that sign tokens, as an operator looks after them. Shared by all processes on the data folder. */
export interface SigningKeyring {
  /** Newest first. */
  list(): Promise<SigningKeyReport[]>;
  /**
   * Makes a new key, which signs from a time on (at once when none is given); until then it is only published. The others
   * stay for as long as one of their tokens is good, unless they are dropped: then those tokens are refused at once.
   * Throws `conflict` while another process changes the keys. Gives the keys that there are now.
   */
  rotate(options?: {
    readonly signsFrom?: Date | undefined;
    readonly dropOthers?: boolean;
  }): Promise<SigningKeyReport[]>;
  /** Drops the keys whose last token has expired. Throws and gives as `rotate`. */
  prune(): Promise<SigningKeyReport[]>;
}

export interface SigningKeyReport {
  readonly kid: string;
  /** `published`: will sign; `signs`; `verifies`: has signed tokens that are good; `expired`: can be dropped. */
  readonly state: "published" | "signs" | "verifies" | "expired";
  readonly createdAt: Date;
  readonly signsFrom: Date;
  /** When its last token will have expired; `undefined` while no other key is to follow it. */
  readonly verifiesUntil: Date | undefined;
}

/** Refresh tokens: a family of secrets of which only the last is good. */
export interface RefreshTokens {
  /** The first of a new family. */
  mint(): MintedRefreshToken;
  /** What a token says of itself; `undefined` for a text that is none. */
  read(token: string):
    | (Pick<MintedRefreshToken, "familyHash" | "tokenHash"> & {
        /** One that follows it. */
        next(): MintedRefreshToken;
      })
    | undefined;
}

export interface MintedRefreshToken {
  readonly token: string;
  /** Of what the whole family has in common, and of this token. */
  readonly familyHash: string;
  readonly tokenHash: string;
}

/** Secrets of one kind, which show by how they begin what they are: a mark and 256 random bits. */
export interface Secrets {
  mint(): { readonly secret: string; readonly secretHash: string; readonly prefix: string };
  hash(secret: string): string;
  /** Whether a text begins as a secret of this kind does. */
  recognises(text: string): boolean;
}

/** Secrets of API keys, told from access tokens by their mark. */
export type KeySecrets = Secrets;

/** Opaque page positions, bound to a tenant and a query: a cursor made elsewhere does not open. */
export interface Cursors {
  seal(scope: CursorScope, position: CursorPosition): string;
  /** Throws `invalid_input` when the cursor was not sealed for exactly this scope. */
  open(scope: CursorScope, cursor: string): CursorPosition;
}

export interface CursorScope {
  readonly tenantId: string;
  /** The operation and everything that shapes its result but the page itself. */
  readonly query: Readonly<Record<string, unknown>>;
}

export type CursorPosition = { readonly key: string | number; readonly id: string };
