import process from "node:process";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * A signal that is aborted by the first SIGINT or SIGTERM. The second one ends the process at once, as it would have
 * without this. Call `release` when nothing is left to end in order.
 */
export function onTermination(): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const release = () => {
    for (const name of SIGNALS) process.removeListener(name, stop);
  };
  const stop = () => {
    release();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return { signal: controller.signal, release };
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/**
 * Ends the process in so many milliseconds, unless it has ended by then: what hangs, such as a database that does not answer,
 * is left as a kill would leave it, which loses nothing that was acknowledged.
 */
export function endWithin(milliseconds: number): void {
  setTimeout(() => process.exit(0), milliseconds).unref();
}
