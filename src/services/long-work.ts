import { setImmediate as otherWork } from "node:timers/promises";

/** For so long, in ms, work may keep the thread before others are answered. */
const AT_A_TIME_MS = 20;

/** For work of many small steps, none of which waits for anything: call it between them, and others are answered meanwhile. */
export function pauses(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < AT_A_TIME_MS) return;
    await otherWork();
    since = performance.now();
  };
}

/** Items that are made one after the other, with pauses between them. */
export async function* withPauses<Item>(items: Iterable<Item>): AsyncGenerator<Item> {
  const pause = pauses();
  for (const item of items) {
    await pause();
    yield item;
  }
}
