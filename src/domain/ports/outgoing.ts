/** What may be called beyond public addresses over https: hosts of the inside that the operator named. */
export interface OutgoingAllow {
  /** Host names, in lower case: https to them is right whatever their address. */
  readonly hosts: readonly string[];
  /** CIDR ranges: https to these addresses is right. */
  readonly ranges: readonly string[];
  /** Origins such as `http://keycloak:8080`, which are called without TLS, whatever their address. */
  readonly plainOrigins: readonly string[];
}

/** Why a request was not made or its answer not taken. */
export type OutgoingFailure =
  /** The address is one that must not be called. */
  | "refused"
  /** No name server knows the host. */
  | "unresolved"
  | "unreachable"
  | "redirected"
  | "too_large"
  | "timed_out";

/** A request that failed. The message names the host and never its address: what is inside is nobody's business outside. */
export class OutgoingError extends Error {
  override readonly name = "OutgoingError";
  readonly reason: OutgoingFailure;

  constructor(reason: OutgoingFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}

/**
 * A request to an address that somebody else named. As `fetch`, so that libraries take it for theirs. Rejects with an
 * `OutgoingError`, or with the reason of the caller's signal.
 */
export interface GuardedFetch {
  (url: string | URL, init?: OutgoingInit): Promise<Response>;
  /** Whether an address would be called, without calling it: rejects as a call would that is refused before it is made. */
  check(url: string | URL): Promise<void>;
}

/** What `fetch` takes; what is `undefined` counts as not given. */
export type OutgoingInit = { readonly [Name in keyof RequestInit]?: RequestInit[Name] | undefined };
