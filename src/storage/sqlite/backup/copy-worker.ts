import { parentPort, workerData } from "node:worker_threads";
import type { CopyMessage, CopyTask } from "./messages.ts";
import { examineCopy, writeCopy } from "./whole-copy.ts";

/** The thread of `createSqliteCopies`: one copy, or one look at one. Reading and checking a library takes seconds to minutes. */
const task: CopyTask = workerData;
const tell = (message: CopyMessage) => parentPort?.postMessage(message);
let stopped = false;
parentPort?.once("message", () => {
  stopped = true;
});

try {
  const facts =
    task.target === undefined ? examineCopy(task.file) : await writeCopy(task.file, task.target, goOn);
  tell({ kind: "done", facts });
} catch (error) {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  tell({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
}
parentPort?.close();

function goOn(done: number): void {
  if (stopped) throw new Error("The copy was stopped");
  tell({ kind: "progress", done });
}
