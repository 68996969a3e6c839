import type { Task } from "./messages.ts";
import { splitText } from "./split-text.ts";
import type { TransformersLoaded, TransformersSetup } from "./transformers-messages.ts";
import { loadTransformersModel } from "./transformers-model.ts";
import { serveTasks } from "./worker-tasks.ts";

/** A thread that holds a model of the Hugging Face hub and does one task after the other. */
await serveTasks<TransformersSetup, TransformersLoaded>(async (setup) => {
  const started = performance.now();
  const { version, textTokens, measure, embed } = await loadTransformersModel(setup);
  return {
    info: { version, loadMs: Math.round(performance.now() - started) },
    work: async (task: Task) =>
      task.kind === "split"
        ? { spans: splitText(measure, task.heading, task.text, textTokens) }
        : { vector: await embed(task.text) },
  };
});
