import type { AuditTarget } from "./audit.ts";

/** One attempt at a call that is to be done once: what the transaction of its change is bound to. */
export interface OnceAttempt {
  readonly keyHash: string;
  /** Tells this attempt from one that takes over when it is given up for dead. */
  readonly attempt: string;
}

/** What is known of a call that somebody asked to be done once. */
export interface OnceCall extends OnceAttempt {
  readonly userId: string;
  /** HMAC of the operation and its input under the caller's key, which is stored nowhere: whether a second call is the same. */
  readonly fingerprint: string;
  /**
   * `running`: nothing of it is committed. `settled`: its change is committed, in the same transaction that said so; the
   * answer is not there yet, or never will be. `answered`: it has ended well.
   */
  readonly state: "running" | "settled" | "answered";
  readonly startedAt: Date;
  readonly expiresAt: Date;
  /** What was changed first. */
  readonly target: AuditTarget | undefined;
  /** The answer as JSON, where it may be kept. */
  readonly answer: string | undefined;
}
