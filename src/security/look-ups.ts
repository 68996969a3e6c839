import { setTimeout as sleep } from "node:timers/promises";

export interface LookUps {
  /** Resolves after a look-up that began no earlier than this was called. */
  again(): Promise<void>;
  /** Resolves at once when the last look-up began within `ageMs`, else as `again`. */
  within(ageMs: number): Promise<void>;
}

/**
 * Shares look-ups among all that ask: one begins every `intervalMs` at most, however many ask, and none is answered by one
 * that began before it asked. So what a stranger sends starts no storm, and nobody misses what has just changed.
 * @param lookUp must not reject.
 */
export function createLookUps(lookUp: () => Promise<void>, intervalMs: number): LookUps {
  let begun = Number.NEGATIVE_INFINITY;
  let next: Promise<void> | undefined;

  async function waitAndLookUp(): Promise<void> {
    await sleep(Math.max(0, begun + intervalMs - performance.now()));
    // Whoever asks from here on asks for the one after this.
    next = undefined;
    begun = performance.now();
    await lookUp();
  }

  function again(): Promise<void> {
    next ??= waitAndLookUp();
    return next;
  }

  return {
    again,
    within: (ageMs) => (performance.now() - begun < ageMs ? Promise.resolve() : again()),
  };
}
