import {
  CALL_CLASSES,
  CALL_WINDOW_SECONDS,
  type CallAllowance,
  type CallClass,
  type CallLimits,
} from "../domain/call-limits.ts";
import type { Count, Counter, RateLimiter } from "../domain/ports/rate-limiter.ts";
import { rateLimited } from "./rate-limited.ts";

export type CallLimitService = ReturnType<typeof createCallLimitService>;

/** Whose calls are counted together: a tenant, or an address where nobody has signed in. */
export type Counted = { readonly tenantId: string } | { readonly address: string };

/** How many calls of a class a tenant, or a stranger's address, may make in a minute. */
export function createCallLimitService(deps: {
  readonly limiter: RateLimiter;
  readonly limits: CallLimits;
  /** Whom an address stands for: the network, where one has many addresses. */
  readonly networkOf: (address: string) => string;
  /** Hears of each call that is refused. */
  readonly onRefused?: ((callClass: CallClass) => void) | undefined;
}) {
  const counters = new Map(
    CALL_CLASSES.filter((callClass) => deps.limits[callClass] > 0).map((callClass): [CallClass, Counter] => [
      callClass,
      deps.limiter.counter(`call:${callClass}`, {
        points: deps.limits[callClass],
        seconds: CALL_WINDOW_SECONDS,
      }),
    ]),
  );
  const keyOf = (whose: Counted) => ("tenantId" in whose ? whose.tenantId : deps.networkOf(whose.address));

  return {
    /** Calls a minute of each class; 0: as many as come. */
    limits: deps.limits,
    /** Counts a call, and throws `rate_limited` where it is one too many. `tell` hears how it stands before that. */
    async count(
      callClass: CallClass,
      whose: Counted,
      tell?: (allowance: CallAllowance) => void,
    ): Promise<void> {
      const counter = counters.get(callClass);
      if (counter === undefined) return;
      const count = await counter.take(keyOf(whose));
      tell?.(allowanceOf(callClass, counter, count));
      if (count.allowed) return;
      deps.onRefused?.(callClass);
      throw refusal(callClass, counter, count, whose);
    },

    /** Throws as `count` would, without counting: for work that comes before the call itself. */
    async expect(
      callClass: CallClass,
      whose: Counted,
      tell?: (allowance: CallAllowance) => void,
    ): Promise<void> {
      const counter = counters.get(callClass);
      if (counter === undefined) return;
      const count = await counter.peek(keyOf(whose));
      if (count.allowed) return;
      tell?.(allowanceOf(callClass, counter, count));
      deps.onRefused?.(callClass);
      throw refusal(callClass, counter, count, whose);
    },
  };
}

function allowanceOf(callClass: CallClass, { limit }: Counter, count: Count): CallAllowance {
  return {
    callClass,
    limit: limit.points,
    windowSeconds: limit.seconds,
    remaining: count.remaining,
    resetSeconds: secondsOf(count),
  };
}

const NAMES: Readonly<Record<CallClass, string>> = {
  reads: "reads",
  writes: "writes",
  search: "searches",
  import: "imports, exports and checks of all that there is",
  sign_in: "calls without a credential",
};

function refusal(callClass: CallClass, { limit }: Counter, count: Count, whose: Counted): Error {
  const from = "tenantId" in whose ? "your tenant" : "your address";
  return rateLimited(
    (wait) =>
      `Too many ${NAMES[callClass]} from ${from}: ${limit.points} a minute are allowed. Wait ${wait}, then go on.`,
    count.resetMs,
    { limit: callClass, allowed: limit.points, window_seconds: limit.seconds },
  );
}

function secondsOf({ resetMs }: Count): number {
  return Math.max(1, Math.ceil(resetMs / 1000));
}
