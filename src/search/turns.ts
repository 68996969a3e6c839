import { setImmediate as otherWork } from "node:timers/promises";

/**
 * A turn of the event loop for each who asks, so that what many do at the same moment holds up nobody else for longer than one of
 * them takes. A pause of each alone would not: all of them would end in the same turn.
 */
export function turnsOfEventLoop(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => otherWork());
    return last;
  };
}
