import { Worker } from "node:worker_threads";
import { AppError } from "../../domain/errors.ts";
import type { WorkerMessage } from "./messages.ts";

/** Deaths in a row, without a task done between, after which workers are no longer replaced at once. */
const DEATHS_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface WorkerPool<Task, Answer> {
  /**
   * Does a task in a worker: urgent ones before all others, else in their order. A task that is aborted before a
   * worker has it is dropped. Throws `unavailable` when no worker can do it, or the one that had it died.
   */
  run(task: Task, options?: { readonly urgent?: boolean; readonly signal?: AbortSignal }): Promise<Answer>;
  /** Ends the workers. What they had not done is `unavailable`. */
  close(): Promise<void>;
}

interface Job<Task, Answer> {
  readonly task: Task;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * Threads that each do one task at a time, started as they are needed up to `size`. They keep the process alive
 * only while there is work. A dead one is replaced for the next task; after several deaths in a row, only after
 * a pause, and until then every task is refused at once.
 *
 * Its own code and not a library's: a task that overtakes others, and telling "this worker can never work" from
 * "this task failed", are most of it.
 */
export function createWorkerPool<Task, Answer, Info>(options: {
  readonly file: URL;
  readonly workerData: unknown;
  readonly size: number;
  /** What is unavailable, in errors. */
  readonly subject: string;
  readonly onReady: (info: Info) => void;
  readonly onDeath: (facts: { readonly reason: string; readonly detail: string | undefined }) => void;
  /** In ms; for tests. */
  readonly now?: () => number;
}): WorkerPool<Task, Answer> {
  const { subject, now = () => performance.now() } = options;
  const urgent: Job<Task, Answer>[] = [];
  const waiting: Job<Task, Answer>[] = [];
  const idle: Worker[] = [];
  const alive = new Set<Worker>();
  const jobs = new Map<Worker, Job<Task, Answer>>();
  let closed = false;
  let deaths = 0;
  let pausedUntil = 0;
  let lastReason = "";

  function start(): Worker {
    // Standard output is kept from the process's own: under stdio that carries JSON-RPC and nothing else.
    const worker = new Worker(options.file, { workerData: options.workerData, stdout: true });
    //RESUME
    let reason = "One of its threads ended; try again.";
    let detail: string | undefined;
    alive.add(worker);
    worker.on("message", (message: WorkerMessage<Info, Answer>) => {
      if (message.kind === "ready") return options.onReady(message.info);
      if (message.kind === "unusable") {
        ({ reason, detail } = message);
        return;
      }
      const job = jobs.get(worker);
      jobs.delete(worker);
      deaths = 0;
      if (message.kind === "done") job?.resolve(message.result);
      else job?.reject(unavailable(`${subject} could not do this task.`, message.detail));
      give(worker);
    });
    worker.on("error", (error) => {
      detail = error.message;
    });
    worker.on("exit", () => buried(worker, reason, detail));
    return worker;
  }

  /** Gives a worker the next task, or rest. */
  function give(worker: Worker): void {
    const job = next();
    if (job === undefined) {
      worker.unref();
      idle.push(worker);
      return;
    }
    worker.ref();
    jobs.set(worker, job);
    worker.postMessage(job.task);
  }

  function next(): Job<Task, Answer> | undefined {
    for (;;) {
      const job = urgent.shift() ?? waiting.shift();
      if (!job?.signal?.aborted) return job;
      job.reject(unavailable("The call that this task belongs to has ended.", undefined));
    }
  }

  function buried(worker: Worker, reason: string, detail: string | undefined): void {
    alive.delete(worker);
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    const job = jobs.get(worker);
    jobs.delete(worker);
    if (closed) {
      job?.reject(closedError());
      return;
    }
    deaths++;
    lastReason = reason;
    options.onDeath({ reason, detail });
    job?.reject(unavailable(`${subject} is unavailable. ${reason}`, detail));
    if (deaths >= DEATHS_BEFORE_PAUSE) {
      pausedUntil = now() + Math.min(FIRST_PAUSE_MS * 2 ** (deaths - DEATHS_BEFORE_PAUSE), LONGEST_PAUSE_MS);
      if (alive.size === 0) refuseAll(pausedError());
    } else if (urgent.length + waiting.length > 0) {
      give(start());
    }
  }

  function refuseAll(error: AppError): void {
    for (const job of [...urgent.splice(0), ...waiting.splice(0)]) job.reject(error);
  }

  function pausedError(): AppError {
    return unavailable(
      `${subject} is unavailable: it failed ${deaths} times in a row and is tried again in a while. ${lastReason}`,
      undefined,
    );
  }

  function closedError(): AppError {
    return unavailable(`${subject} has been closed.`, undefined);
  }

  return {
    run(task, { urgent: overtakes = false, signal } = {}) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closedError());
        if (alive.size === 0 && now() < pausedUntil) return reject(pausedError());
        (overtakes ? urgent : waiting).push({ task, signal, resolve, reject });
        const worker = idle.pop();
        if (worker !== undefined) give(worker);
        else if (alive.size < options.size && now() >= pausedUntil) give(start());
      });
    },
    async close() {
      closed = true;
      refuseAll(closedError());
      await Promise.all([...alive].map((worker) => worker.terminate()));
    },
  };
}

function unavailable(message: string, detail: string | undefined): AppError {
  return new AppError(
    "unavailable",
    message,
    undefined,
    detail === undefined ? undefined : new Error(detail),
  );
}
