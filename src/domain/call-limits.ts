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

/** How a call stands with the limit of its class. */
export interface CallAllowance {
  readonly callClass: CallClass;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Until all of the limit is there again. */
  readonly resetSeconds: number;
}
