import { AppError } from "../../domain/errors.ts";
import { createTurnQueue } from "./turn-queue.ts";
import { type Failure, startWorkerThread, type WorkerThread } from "./worker-thread.ts";

/** Deaths in a row, without a task done between, after which threads are no longer replaced at once. */
const DEATHS_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

export interface WorkerPool<Task, Answer> {
  /**
   * Does a task in a thread: urgent ones before all others, else tenant by tenant in turns, and in their order within a
   * tenant. A task whose signal is aborted before it has begun is dropped. Throws `unavailable` when no thread can do it,
   * the one that had it died, or it would begin too late; `rate_limited` when too many of the tenant wait.
   */
  run(task: Task, options: TaskOptions): Promise<Answer>;
  /** Lets what has begun come to its end; the rest is `unavailable`. */
  close(): Promise<void>;
}

export interface TaskOptions {
  readonly tenantId: string;
  readonly urgent?: boolean;
  readonly signal?: AbortSignal;
  /** How many others of the tenant may wait, of the same urgency. */
  readonly mostWaiting?: number;
  /** How long it waits for a thread, once there has been one. */
  readonly patienceMs?: number;
}

interface Job<Task, Answer> {
  readonly task: Task;
  readonly since: number;
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * Threads that are started as they are needed, up to `size`. A dead one is replaced for the next task; after several
 * deaths in a row only after a pause, twice as long each time, and while there is none every task is refused at once.
 *
 * Its own code rather than a library's: tasks that overtake others, tenants that take turns, and the difference between a task that
 * failed and a thread that never will work, are most of what it does.
 */
export function createWorkerPool<Task, Answer, Info>(options: {
  readonly file: URL;
  readonly workerData: unknown;
  readonly size: number;
  /** What is unavailable, in errors. */
  readonly subject: string;
  readonly onReady: (info: Info) => void;
  readonly onDeath: (failure: Failure) => void;
  /** In ms, from any start. */
  readonly now?: (() => number) | undefined;
}): WorkerPool<Task, Answer> {
  const { file, workerData, size, subject, onReady, onDeath, now = () => performance.now() } = options;
  const threads = new Set<WorkerThread<Task, Answer>>();
  const idle: WorkerThread<Task, Answer>[] = [];
  const queues = {
    urgent: createTurnQueue<Job<Task, Answer>>(),
    normal: createTurnQueue<Job<Task, Answer>>(),
  };
  /** The first thread was ready. Until then all wait, since the model has to be loaded. */
  let readySince = Number.POSITIVE_INFINITY;
  let closed = false;
  let deaths = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let lastReason = "";

  /** Gives waiting jobs to threads, for as long as there are both. */
  function dispatch(): void {
    for (;;) {
      const queue = queues.urgent.peek() === undefined ? queues.normal : queues.urgent;
      const job = queue.peek();
      if (job === undefined) return;
      const late = reasonAgainst(job);
      if (late !== undefined) {
        job.reject(unavailable(late));
        queue.take();
        continue;
      }
      const thread = idle.pop() ?? startThread();
      if (thread === undefined) return;
      queue.take();
      void assign(thread, job);
    }
  }

  /** Why a job is not begun any more. */
  function reasonAgainst({ signal, since, patienceMs }: Job<Task, Answer>): string | undefined {
    if (signal?.aborted) return "is no longer asked: another part of the same call has failed.";
    const waited = now() - Math.max(since, readySince);
    return waited > patienceMs ? "is busy: too much is waiting for it. Try again soon." : undefined;
  }

  function startThread(): WorkerThread<Task, Answer> | undefined {
    if (threads.size >= size) return undefined;
    if (now() < pausedUntil) {
      if (threads.size === 0)
        refuseAll(`failed ${deaths} times in a row and rests for a while. ${lastReason}`);
      return undefined;
    }
    const thread = startWorkerThread<Task, Answer, Info>({
      file,
      workerData,
      onReady(info) {
        readySince = Math.min(readySince, now());
        onReady(info);
      },
      onEnd: (failure) => bury(thread, failure),
    });
    threads.add(thread);
    return thread;
  }

  async function assign(thread: WorkerThread<Task, Answer>, job: Job<Task, Answer>): Promise<void> {
    const outcome = await thread.perform(job.task);
    if (threads.has(thread)) {
      deaths = 0;
      idle.push(thread);
    }
    if ("answer" in outcome) job.resolve(outcome.answer);
    else job.reject(unavailable(`failed. ${outcome.failure.reason}`, outcome.failure.detail));
    dispatch();
  }

  function bury(thread: WorkerThread<Task, Answer>, failure: Failure): void {
    threads.delete(thread);
    if (idle.includes(thread)) idle.splice(idle.indexOf(thread), 1);
    if (closed) return;
    deaths++;
    lastReason = failure.reason;
    if (deaths >= DEATHS_BEFORE_PAUSE) {
      pausedUntil = now() + Math.min(FIRST_PAUSE_MS * 2 ** (deaths - DEATHS_BEFORE_PAUSE), LONGEST_PAUSE_MS);
    }
    onDeath(failure);
    dispatch();
  }

  function refuseAll(why: string): void {
    for (const queue of Object.values(queues)) {
      for (const job of queue.clear()) job.reject(unavailable(why));
    }
  }

  function unavailable(why: string, detail?: string): AppError {
    const cause = detail === undefined ? undefined : new Error(detail);
    return new AppError("unavailable", `${subject} ${why}`, undefined, cause);
  }

  function tooMany(): AppError {
    return new AppError(
      "rate_limited",
      `${subject} has too many tasks of this tenant waiting. Try again when some are done.`,
    );
  }

  return {
    run(
      task,
      {
        tenantId,
        urgent = false,
        signal,
        mostWaiting = Number.POSITIVE_INFINITY,
        patienceMs = Number.POSITIVE_INFINITY,
      },
    ) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(unavailable("has been closed."));
        const queue = queues[urgent ? "urgent" : "normal"];
        if (queue.waiting(tenantId) >= mostWaiting) return reject(tooMany());
        queue.add(tenantId, { task, since: now(), patienceMs, signal, resolve, reject });
        dispatch();
      });
    },
    async close() {
      closed = true;
      refuseAll("has been closed.");
      await Promise.all([...threads].map((thread) => thread.end()));
    },
  };
}
