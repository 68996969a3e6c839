/**
 * `clearing`: vectors of another fingerprint are still to be dropped; `building`: every prompt is on the index's list;
 * `ready`: the index is as good as the outbox is empty.
 */
export type IndexPhase = "clearing" | "building" | "ready";

export interface IndexState {
  /** Of the embedder and the index that the vectors are from. */
  readonly fingerprint: string;
  readonly phase: IndexPhase;
  /** Grows with each change: what was decided by an older state is not written. */
  readonly revision: number;
}

/** A process that fills the index with vectors of its embedder. */
export interface IndexHolder {
  readonly id: string;
  readonly fingerprint: string;
  /** Without a new hold, the process is taken to be gone from then on. */
  readonly expiresAt: Date;
}

export interface IndexStateStore {
  get(): Promise<IndexState | undefined>;
  /**
   * Asks to fill the index, or to go on filling it. Granted while the index has the holder's own fingerprint; and where
   * it has another one that no live process holds: then the state is the holder's fingerprint, to be cleared by it. Not
   * granted while another live process holds the other fingerprint, or is clearing. One transaction.
   */
  hold(holder: IndexHolder, now: Date): Promise<{ readonly state: IndexState; readonly granted: boolean }>;
  release(holderId: string): Promise<void>;
  /** Those whose hold has not expired. */
  holders(now: Date): Promise<IndexHolder[]>;
  /** Enters another phase, if the state is still this one; whether it was. */
  advance(from: IndexState, phase: IndexPhase): Promise<boolean>;
  /** As `advance`, and puts every prompt of every tenant that is not archived on the index's list, in one transaction. */
  rebuild(from: IndexState, phase: "building" | "ready"): Promise<boolean>;
}
