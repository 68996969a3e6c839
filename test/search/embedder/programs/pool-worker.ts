import { parentPort, threadId, workerData } from "node:worker_threads";

/** A worker for the pool's tests: does as its task says. */
export type PoolTask = "thread" | "fail" | "die" | "hold" | `say ${string}`;

export interface PoolWorkerData {
  readonly unusable?: boolean;
  /** [0]: 1 once held tasks may go on. [1]: how many threads have started. */
  readonly shared: Int32Array<SharedArrayBuffer>;
}

const { unusable, shared }: PoolWorkerData = workerData;
const port = parentPort;
if (port === null) throw new Error("not a worker");
Atomics.add(shared, 1, 1);

if (unusable) {
  port.postMessage({ kind: "unusable", reason: "The weights are gone.", detail: "ENOENT" });
} else {
  port.postMessage({ kind: "ready", info: threadId });
  port.on("message", (task: PoolTask) => {
    if (task === "die") process.exit(1);
    if (task === "hold") Atomics.wait(shared, 0, 0);
    if (task === "fail") port.postMessage({ kind: "failed", reason: "No.", detail: "because" });
    else port.postMessage({ kind: "done", result: task === "thread" ? String(threadId) : task });
  });
}
