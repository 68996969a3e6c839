import {
  burstOf,
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

/** A limit that calls of a class are held to. */
interface Measure {
  readonly policy: string;
  readonly counter: Counter;
}

/**
 * How many calls of a class a tenant, or a stranger's address, may make in a minute; and how many of them a tenant may make
 * within moments, since others would feel a minute's calls that all came at once.
 */
export function createCallLimitService(deps: {
  readonly limiter: RateLimiter;
  /** What is shared in a moment is one process and its thread: each counts its own. */
  readonly moments: RateLimiter;
  /** 0: a minute's calls may all come at once. */
  readonly momentSeconds: number;
  readonly limits: CallLimits;
  /** Whom an address stands for: the network, where one has many addresses. */
  readonly networkOf: (address: string) => string;
  /** Hears of each call that is refused. */
  readonly onRefused?: ((callClass: CallClass) => void) | undefined;
}) {
  const measures = new Map(CALL_CLASSES.map((callClass) => [callClass, measuresOf(callClass)]));
  const keyOf = (whose: Counted) => ("tenantId" in whose ? whose.tenantId : deps.networkOf(whose.address));

  /** The moment's before the minute's: what it refuses uses nothing up. */
  function measuresOf(callClass: CallClass): readonly Measure[] {
    const limit = deps.limits[callClass];
    if (limit === 0) return [];
    const minute = { points: limit, seconds: CALL_WINDOW_SECONDS };
    const inMinute = { policy: callClass, counter: deps.limiter.counter(`call:${callClass}`, minute) };
    const points = burstOf(callClass, limit);
    if (points === undefined || deps.momentSeconds === 0) return [inMinute];
    const moment = { points, seconds: deps.momentSeconds };
    const counter = deps.moments.counter(`burst:${callClass}`, moment);
    return [{ policy: `${callClass}-burst`, counter }, inMinute];
  }

  /** Takes from each measure, or looks at it. Throws `rate_limited` for the first that is full. */
  async function hold(
    callClass: CallClass,
    whose: Counted,
    how: "take" | "peek",
    tell?: (allowance: CallAllowance) => void,
  ): Promise<void> {
    const key = keyOf(whose);
    for (const { policy, counter } of measures.get(callClass) ?? []) {
      const count = await counter[how](key);
      // How it stands with a moment is of interest when one has to wait for its end.
      if (!count.allowed || (how === "take" && policy === callClass))
        tell?.(allowanceOf(policy, counter, count));
      if (count.allowed) continue;
      deps.onRefused?.(callClass);
      throw refusal(callClass, counter, count, whose);
    }
  }

  return {
    /** Calls a minute of each class; 0: as many as come. */
    limits: deps.limits,
    /** Counts a call, and throws `rate_limited` where it is one too many. `tell` hears how it stands before that. */
    count: (callClass: CallClass, whose: Counted, tell?: (allowance: CallAllowance) => void) =>
      hold(callClass, whose, "take", tell),

    /** Throws as `count` would, without counting: for work that comes before the call itself. */
    expect: (callClass: CallClass, whose: Counted, tell?: (allowance: CallAllowance) => void) =>
      hold(callClass, whose, "peek", tell),
  };
}

function allowanceOf(policy: string, { limit }: Counter, { remaining, resetMs }: Count): CallAllowance {
  const resetSeconds = Math.max(1, Math.ceil(resetMs / 1000));
  return { policy, limit: limit.points, windowSeconds: limit.seconds, remaining, resetSeconds };
}

const NAMES: Readonly<Record<CallClass, string>> = {
  reads: "reads",
  writes: "writes",
  search: "searches",
  import: "imports, exports and checks of all that there is",
  sign_in: "calls without a credential",
};

function refusal(callClass: CallClass, { limit }: Counter, count: Count, whose: Counted): Error {
  const { points, seconds } = limit;
  const from = "tenantId" in whose ? "your tenant" : "your address";
  const allowed = seconds === CALL_WINDOW_SECONDS ? `${points} a minute` : `${points} in ${seconds} seconds`;
  return rateLimited(
    (wait) => `Too many ${NAMES[callClass]} from ${from}: ${allowed} are allowed. Wait ${wait}, then go on.`,
    count.resetMs,
    { limit: callClass, allowed: points, window_seconds: seconds },
  );
}
