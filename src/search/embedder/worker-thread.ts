import { Worker } from "node:worker_threads";
import type { WorkerMessage } from "./messages.ts";

/** Why a thread or a task came to nothing: `reason` is for people, `detail` for the log. */
export interface Failure {
  readonly reason: string;
  readonly detail: string | undefined;
}

export type Outcome<Answer> = { readonly answer: Answer } | { readonly failure: Failure };

/** A worker thread that does one task at a time, and keeps the process alive only while it does. */
export interface WorkerThread<Task, Answer> {
  /** Not to be called again before it has resolved. */
  perform(task: Task): Promise<Outcome<Answer>>;
  /** Ends the thread after the task that it has: in native code it cannot be interrupted safely. */
  end(): Promise<void>;
}

export function startWorkerThread<Task, Answer, Info>(options: {
  readonly file: URL;
  readonly workerData: unknown;
  readonly onReady: (info: Info) => void;
  /** The thread is gone, asked or not. */
  readonly onEnd: (failure: Failure) => void;
}): WorkerThread<Task, Answer> {
  const { file, workerData, onReady, onEnd } = options;
  // Standard output is kept from the process's own: under stdio that carries JSON-RPC and nothing else.
  const worker = new Worker(file, { workerData, stdout: true });
  let failure: Failure = { reason: "One of its threads ended. Try again.", detail: undefined };
  let settle: ((outcome: Outcome<Answer>) => void) | undefined;
  let current: Promise<Outcome<Answer>> | undefined;

  worker.on("message", (message: WorkerMessage<Info, Answer>) => {
    if (message.kind === "ready") onReady(message.info);
    else if (message.kind === "unusable") failure = message;
    else finish(message.kind === "done" ? { answer: message.result } : { failure: message });
  });
  worker.on("error", (error) => {
    failure = { ...failure, detail: error.message };
  });
  worker.on("exit", () => {
    onEnd(failure);
    finish({ failure });
  });

  function finish(outcome: Outcome<Answer>): void {
    worker.unref();
    settle?.(outcome);
    settle = undefined;
  }

  return {
    perform(task) {
      worker.ref();
      worker.postMessage(task);
      current = new Promise((resolve) => {
        settle = resolve;
      });
      return current;
    },
    async end() {
      await current;
      await worker.terminate();
    },
  };
}
