import { ServiceFailure } from "./service-failure.ts";

/** Failures in a row after which a service is left alone. */
const FAILURES_BEFORE_REST = 3;
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 30_000;

/** Remembers that a service is away, so that not every search waits for its time-out to find out. */
export interface Outage {
  /** Throws the last failure while the service is not to be asked. */
  check(): void;
  failed(failure: ServiceFailure): void;
  over(): void;
}

/** @param now in ms, from any start. */
export function createOutage(now: () => number = () => performance.now()): Outage {
  let failures = 0;
  let restsUntil = Number.NEGATIVE_INFINITY;
  let reason = "";

  return {
    check() {
      // Not of the kind that is counted again when it comes back from here.
      if (now() < restsUntil) throw new ServiceFailure("resting", reason);
    },
    failed({ message }) {
      failures++;
      reason = message;
      if (failures < FAILURES_BEFORE_REST) return;
      restsUntil = now() + Math.min(FIRST_REST_MS * 2 ** (failures - FAILURES_BEFORE_REST), LONGEST_REST_MS);
    },
    over() {
      failures = 0;
      restsUntil = Number.NEGATIVE_INFINITY;
    },
  };
}
