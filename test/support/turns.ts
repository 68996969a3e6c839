import { setImmediate as nextTurn } from "node:timers/promises";

/** How often others get their turn while some work is done. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const others = (async () => {
    for (; !isDone; turns += 1) await nextTurn();
  })();
  await work().finally(() => {
    isDone = true;
  });
  await others;
  return turns;
}
