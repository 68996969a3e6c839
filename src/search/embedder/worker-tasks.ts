import { parentPort, workerData } from "node:worker_threads";
import type { Result, Task, WorkerMessage } from "./messages.ts";

/** What a thread can say and do once its model is loaded. */
export interface LoadedModel<Info> {
  readonly info: Info;
  work(task: Task): Promise<Result>;
}

/**
 * In a worker thread: loads the model, then does one task after the other.
 * What `load` throws ends the thread; its message is for people, its cause for the log.
 */
export async function serveTasks<Setup, Info>(
  load: (setup: Setup) => Promise<LoadedModel<Info>>,
): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("This file is a worker thread of the embedder.");
  const send = (message: WorkerMessage<Info, Result>) => port.postMessage(message);

  try {
    const { info, work } = await load(workerData);
    send({ kind: "ready", info });
    port.on("message", (task: Task) => {
      work(task).then(
        (result) => send({ kind: "done", result }),
        (error: unknown) =>
          send({ kind: "failed", reason: "It gave no answer for this text.", detail: detailOf(error) }),
      );
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ kind: "unusable", reason, detail: error instanceof Error ? detailOf(error.cause) : undefined });
  }
}

function detailOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? cause.message : String(cause);
}
