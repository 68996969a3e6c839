import { Semaphore } from "async-mutex";
import { AppError } from "../domain/errors.ts";
import { networkOf } from "./client-network.ts";

/** What a full line takes to be half gone on two slow cores. */
const RETRY_AFTER_SECONDS = 2;

export interface LineOptions {
  /** How much work is done at once; the rest waits. */
  readonly concurrency: number;
  readonly maxWaiting: number;
  /** How much of one network may be there, at work and waiting: so that nobody fills the line alone. */
  readonly mostOfNetwork: number;
}

/**
 * A line for dear work that strangers ask for: each that waited without end would hold memory and people up. Rejects
 * with `rate_limited` when as much as may be is there of the address's network, and with `unavailable` when the line is full.
 */
export function createHashingLine({ concurrency, maxWaiting, mostOfNetwork }: LineOptions) {
  const slots = new Semaphore(concurrency);
  const presentOf = new Map<string, number>();
  let present = 0;

  /** Takes a place for as long as the work takes; gives back what leaves it. */
  function enter(network: string | undefined): () => void {
    const ofNetwork = network === undefined ? 0 : (presentOf.get(network) ?? 0);
    if (ofNetwork >= mostOfNetwork) {
      throw new AppError(
        "rate_limited",
        "Too many passwords come from your address at once. Wait a second, then try again.",
        { limit: "sign_in", retry_after_seconds: 1 },
      );
    }
    if (present >= concurrency + maxWaiting) {
      throw new AppError("unavailable", "Too many people are signing in just now. Try again in a moment.", {
        retry_after_seconds: RETRY_AFTER_SECONDS,
      });
    }
    present += 1;
    if (network !== undefined) presentOf.set(network, ofNetwork + 1);
    return () => {
      present -= 1;
      if (network === undefined) return;
      const left = (presentOf.get(network) ?? 0) - 1;
      if (left > 0) presentOf.set(network, left);
      else presentOf.delete(network);
    };
  }

  /** @param address where the work was asked for, if over the network. */
  return async function inTurn<T>(address: string | undefined, work: () => Promise<T>): Promise<T> {
    const leave = enter(address === undefined ? undefined : networkOf(address));
    return slots.runExclusive(work).finally(leave);
  };
}
