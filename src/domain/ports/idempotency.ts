import type { AuditTarget } from "../audit.ts";
import type { OnceAttempt, OnceCall } from "../idempotency.ts";

/** Calls that are to be done once. One user's keys are nothing to another's. */
export interface OnceStore {
  find(userId: string, keyHash: string): Promise<OnceCall | undefined>;
  /** Notes an attempt, in the place of what was known under its key. */
  begin(call: Omit<OnceCall, "state" | "target" | "answer">): Promise<void>;
  /**
   * Notes that the attempt's change is in this transaction. False when another attempt has the key by now: then the change
   * must not be. True where nothing is known of the key, which is of another tenant.
   */
  settle(userId: string, attempt: OnceAttempt, target: AuditTarget): Promise<boolean>;
  answer(userId: string, attempt: OnceAttempt, answer: string | undefined): Promise<void>;
  /** Drops the answers of calls about a target, which are done all the same. */
  forgetAnswers(targetId: string): Promise<void>;
  /** Forgets an attempt of which nothing was committed. */
  abandon(userId: string, attempt: OnceAttempt): Promise<void>;
  /** Forgets what has expired. */
  sweep(at: Date): Promise<void>;
}
