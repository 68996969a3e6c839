import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { AppError } from "../../../domain/errors.ts";
import type { CopyProgress, LibraryCopies, LibraryFacts } from "../../../domain/ports/backup.ts";
import { openSqliteStorage } from "../storage.ts";
import type { CopyMessage, CopyTask } from "./messages.ts";

/** Copies of libraries in SQLite, each made and checked in a thread of its own. */
export const sqliteCopies: LibraryCopies = {
  copy: (file, target, progress) => inThread({ file, target }, progress),
  examine: (file) => inThread({ file, target: undefined }),
  open: (file) => openSqliteStorage({ file }),
};

function inThread(task: CopyTask, { onProgress, signal }: CopyProgress = {}): Promise<LibraryFacts> {
  return new Promise((resolve, reject) => {
    const file = new URL(`./copy-worker${extname(import.meta.url)}`, import.meta.url);
    // Standard output is kept from the process's own: under stdio that carries JSON-RPC and nothing else.
    const worker = new Worker(file, { workerData: task, stdout: true });
    const stop = () => worker.postMessage("stop");
    signal?.addEventListener("abort", stop, { once: true });
    worker.on("message", (message: CopyMessage) => {
      if (message.kind === "progress") onProgress?.(message.done);
      else if (message.kind === "done") resolve(message.facts);
      else reject(failureOf(task, message, signal?.aborted === true));
    });
    worker.once("error", reject);
    worker.once("exit", () => {
      signal?.removeEventListener("abort", stop);
      reject(new Error("The thread that copies the library ended early"));
    });
  });
}

function failureOf(
  { file, target }: CopyTask,
  { code, message }: Extract<CopyMessage, { kind: "failed" }>,
  stopped: boolean,
): Error {
  const unavailable = (text: string) =>
    new AppError("unavailable", text, code === undefined ? undefined : { reason: code });
  if (stopped) return unavailable("The backup was stopped; nothing is left of it.");
  if (code?.startsWith("SQLITE_FULL")) {
    return unavailable(
      "The disk of the backup is full: nothing was kept. Free some space there, or name another place.",
    );
  }
  if (code?.startsWith("SQLITE_CANTOPEN")) {
    return unavailable(
      `There is no library that can be read in ${file}, or ${target ?? file} cannot be opened.`,
    );
  }
  return unavailable(`${target === undefined ? file : `The copy of ${file}`} is not whole: ${message}.`);
}
