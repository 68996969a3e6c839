/** So many in so many seconds. */
export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

export interface Count {
  /** Counted since the window began, this one included. */
  readonly taken: number;
  /** Whether that is within the limit. */
  readonly allowed: boolean;
  /** Left until the window ends. */
  readonly remaining: number;
  /** Until the window ends, or the key's block does. */
  readonly resetMs: number;
}

/**
 * Counters that end by themselves. Adapters: this process's memory; a file that the processes of one library share.
 * None of them fails: what cannot be counted is let through, since a limit must not be the reason of an outage.
 */
export interface RateLimiter {
  /** A counter of each key. Two of one name share their counts. */
  counter(name: string, limit: Limit): Counter;
  close(): void;
}

export interface Counter {
  readonly limit: Limit;
  /** Counts one more. The window begins with the first. */
  take(key: string): Promise<Count>;
  /** As `take` would answer, without counting. */
  peek(key: string): Promise<Count>;
  /** Counts one less: it turned out not to be meant. */
  giveBack(key: string): Promise<void>;
  /** Nothing more is allowed for this long. */
  block(key: string, seconds: number): Promise<void>;
  /** Begins anew. */
  clear(key: string): Promise<void>;
}
