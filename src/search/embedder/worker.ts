import { parentPort, workerData } from "node:worker_threads";
import { loadEngine } from "./load-engine.ts";
import type { Loaded, Result, Task, WorkerMessage, WorkerSetup } from "./messages.ts";
import { readModel } from "./model-files.ts";
import { splitText, TEXT_TOKENS } from "./split-text.ts";
import { createTokenizer, fitStart } from "./tokenizer.ts";

/** A thread that holds the model and does one task after the other. */
const port = parentPort;
if (port === null) throw new Error("This file is a worker thread of the embedder.");

const send = (message: WorkerMessage<Loaded, Result>) => port.postMessage(message);

async function start({
  engine: choice,
  files,
  section,
}: WorkerSetup): Promise<(task: Task) => Promise<Result>> {
  const started = performance.now();
  const { weights, tokenizer: tokenizerJson } = readModel(files);
  const tokenizer = createTokenizer(tokenizerJson);
  const { engine, nativeProblem } = await loadEngine(choice, { files, weights, section });
  // The engine has copies of its own. Freed now, not when a collection comes by: 45 MB in each thread.
  if (weights.buffer instanceof ArrayBuffer) weights.buffer.transfer(0);
  send({
    kind: "ready",
    info: { engine: engine.name, loadMs: Math.round(performance.now() - started), nativeProblem },
  });

  return async (task) => {
    if (task.kind === "split") return { spans: splitText(tokenizer, task.heading, task.text) };
    const { tokens, end } = fitStart(tokenizer, task.text, TEXT_TOKENS);
    const input = {
      text: task.text.slice(0, end),
      tokens: [tokenizer.first, ...tokens, tokenizer.last],
    };
    return { vector: await engine.embed(input) };
  };
}

try {
  const work = await start(workerData);
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

function detailOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? cause.message : String(cause);
}
