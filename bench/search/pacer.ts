import { parentPort } from "node:worker_threads";
import { sharedClock } from "./shared-clock.ts";

/** How often a thread of its own asks the main thread, whatever that is doing, with the time on the shared clock. */
export interface Pace {
  readonly calls: number;
  readonly everyMs: number;
}

const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

parentPort?.on("message", ({ calls, everyMs }: Pace) => {
  const start = sharedClock();
  for (let call = 0; call < calls; call++) {
    Atomics.wait(pause, 0, 0, Math.max(0, start + call * everyMs - sharedClock()));
    parentPort?.postMessage(sharedClock());
  }
});
