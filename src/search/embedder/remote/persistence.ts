import pRetry from "p-retry";
import { ServiceFailure } from "./service-failure.ts";

/** Ends after so many ms, and throws when it is told to stop. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export interface Persistence {
  /** Further tries. */
  readonly retries: number;
  /** Before the first further try, in ms; doubled for each one after it, plus up to as much again by chance. */
  readonly retryDelayMs: number;
  /** A service that asks for a longer pause than this is not asked again. */
  readonly longestWaitMs: number;
  readonly signal: AbortSignal;
  /** Waits out what is left of the pause that the service asked for. */
  readonly sleep: Sleep;
  readonly onRetry: (failure: ServiceFailure) => void;
}

/** Tries again what another try may mend, and no sooner than the service asks. Throws the last failure. */
export function persistently<T>(how: Persistence, attempt: () => Promise<T>): Promise<T> {
  const { retries, retryDelayMs, longestWaitMs, signal, sleep, onRetry } = how;
  const mayHelp = (error: Error): error is ServiceFailure =>
    error instanceof ServiceFailure && error.kind === "temporary" && error.retryAfterMs <= longestWaitMs;
  return pRetry(attempt, {
    retries,
    minTimeout: retryDelayMs,
    randomize: true,
    signal,
    async onFailedAttempt({ error, retriesLeft, retryDelay }) {
      if (retriesLeft === 0 || !mayHelp(error)) return;
      onRetry(error);
      await sleep(Math.max(0, error.retryAfterMs - retryDelay), signal);
    },
    shouldRetry: ({ error }) => mayHelp(error),
  });
}
