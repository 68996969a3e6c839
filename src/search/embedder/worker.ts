import { loadEngine } from "./load-engine.ts";
import type { Loaded, Task, WorkerSetup } from "./messages.ts";
import { readModel } from "./model-files.ts";
import { splitText, TEXT_TOKENS } from "./split-text.ts";
import { createTokenizer, fitStart } from "./tokenizer.ts";
import { serveTasks } from "./worker-tasks.ts";

/** A thread that holds the bundled model and does one task after the other. */
await serveTasks<WorkerSetup, Loaded>(async ({ engine: choice, files, section }) => {
  const started = performance.now();
  const { weights, tokenizer: tokenizerJson } = readModel(files);
  const tokenizer = createTokenizer(tokenizerJson);
  const { engine, nativeProblem } = await loadEngine(choice, { files, weights, section });
  // The engine has copies of its own. Freed now, not when a collection comes by: 45 MB in each thread.
  if (weights.buffer instanceof ArrayBuffer) weights.buffer.transfer(0);

  return {
    info: { engine: engine.name, loadMs: Math.round(performance.now() - started), nativeProblem },
    async work(task: Task) {
      if (task.kind === "split") return { spans: splitText(tokenizer, task.heading, task.text) };
      const { tokens, end } = fitStart(tokenizer, task.text, TEXT_TOKENS);
      const input = {
        text: task.text.slice(0, end),
        tokens: [tokenizer.first, ...tokens, tokenizer.last],
      };
      return { vector: await engine.embed(input) };
    },
  };
});
