import { setTimeout as sleep } from "node:timers/promises";

/** Waits until something holds, for as long as the test may take. */
export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await sleep(5);
}
