import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import { rateLimited } from "./rate-limited.ts";

/** Far more than a person's clients register, and little for a database. */
const REGISTRATIONS = { points: 30, seconds: 3600 } as const;

export type ClientRegistrationService = ReturnType<typeof createClientRegistrationService>;

/** How many clients may register from one address: anybody may, and each is kept for a while. */
export function createClientRegistrationService(deps: {
  readonly limiter: RateLimiter;
  /** Whom an address stands for: the network, where one has many addresses. */
  readonly networkOf: (address: string) => string;
}) {
  const counter = deps.limiter.counter("client-registration", REGISTRATIONS);
  return {
    /** Counts a registration; throws `rate_limited` where it is one too many. */
    async count(address: string): Promise<void> {
      const { allowed, resetMs } = await counter.take(deps.networkOf(address));
      if (allowed) return;
      throw rateLimited(
        (wait) =>
          `Too many clients registered from your address: ${REGISTRATIONS.points} an hour are allowed. Use one that is registered, or wait ${wait}.`,
        resetMs,
      );
    },
  };
}
