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
