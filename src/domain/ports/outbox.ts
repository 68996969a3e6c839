/** `first`: the prompt's first chunk, so that it is findable at all; `rest`: the others. */
export type IndexStage = "first" | "rest";

export interface OutboxEntry {
  readonly tenantId: string;
  readonly promptId: string;
  readonly stage: IndexStage;
  /** The first chunk that is not in the index yet. */
  readonly position: number;
  /** Changes with each new change of the prompt: what was claimed under an older one is not acknowledged. */
  readonly generation: number;
  readonly attempts: number;
}

export interface OutboxQueue {
  /** Takes up to `limit` entries of a stage that are due, oldest first, and hides them from others for `leaseMs`. */
  claim(stage: IndexStage, limit: number, leaseMs: number): Promise<OutboxEntry[]>;
  /** Done: drops the entries, unless a newer change has come. */
  complete(entries: readonly OutboxEntry[]): Promise<void>;
  /** The chunks before each entry's `position` are in the index now: it waits for the rest, due at once. */
  advance(entries: readonly OutboxEntry[]): Promise<void>;
  /** Not done, by no fault of theirs: due again at once. */
  release(entries: readonly OutboxEntry[]): Promise<void>;
  /** Could not be tried, since something is out of reach: due again after `delayMs`; no attempt is counted. */
  postpone(entry: OutboxEntry, delayMs: number, reason: string): Promise<void>;
  /** Failed: due again after `delayMs`. `reason` is kept for `doctor`. */
  retry(entry: OutboxEntry, delayMs: number, reason: string): Promise<void>;
  /** Failed too often: not due again until its prompt changes or everything is indexed anew. */
  bury(entry: OutboxEntry, reason: string): Promise<void>;
  /** What was buried, oldest first. */
  deadLetters(limit: number): Promise<DeadLetter[]>;
  /** Entries of all tenants, by stage; of these, how many did not succeed when they were tried last, and how many are buried. */
  counts(): Promise<OutboxCounts>;
}

export interface OutboxCounts {
  readonly first: number;
  readonly rest: number;
  readonly failing: number;
  readonly buried: number;
}

export interface DeadLetter {
  readonly tenantId: string;
  readonly promptId: string;
  readonly attempts: number;
  readonly reason: string;
}
