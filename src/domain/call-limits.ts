/**
 * Classes of calls that are counted apart, so that none of them uses up what another needs: a tenant's by tenant,
 * `sign_in` (what strangers may call) by address.
 */
export const CALL_CLASSES = ["reads", "writes", "search", "import", "sign_in"] as const;
export type CallClass = (typeof CALL_CLASSES)[number];

/** All of them are counted by the minute. */
export const CALL_WINDOW_SECONDS = 60;

/** Calls a minute of each class; 0: as many as come. */
export type CallLimits = Readonly<Record<CallClass, number>>;

/** What part of its calls a minute a tenant may make within moments: a tenth, and always a few. */
const BURST_SHARE = 0.1;
const LEAST_BURST = 20;

/**
 * How many of a minute's calls of a class may come at once; `undefined`: all of them. Strangers are not a tenant: what they
 * may call is dear, and waits in a line of its own.
 */
export function burstOf(callClass: CallClass, limit: number): number | undefined {
  const burst = Math.max(LEAST_BURST, Math.ceil(limit * BURST_SHARE));
  return callClass === "sign_in" || burst >= limit ? undefined : burst;
}

/** How a call stands with a limit of its class. */
export interface CallAllowance {
  /** The name of the limit: the class's, with `-burst` for that of moments. */
  readonly policy: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Until all of the limit is there again. */
  readonly resetSeconds: number;
}
