/** Carries events between the processes that serve one library. */
export interface EventRelay {
  /** Sends to the other processes, soon; never throws and never waits. An event that cannot be sent is told to the adapter's `onFailure`. */
  send(tenantId: string, event: object): void;
  /** What the others sent, also while this process could not listen for a while. */
  listen(listener: (tenantId: string, event: object) => void): void;
  close(): Promise<void>;
}
