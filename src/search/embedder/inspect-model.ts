import { toAppError } from "../../domain/errors.ts";
import { type BuiltinEmbedderOptions, createBuiltinEmbedder } from "./builtin.ts";

export interface ModelReport {
  readonly ok: boolean;
  readonly model: string;
  readonly engine: string | undefined;
  /** From nothing to the vector of a first text, in ms. */
  readonly loadMs: number;
  /** What is wrong and what to do. */
  readonly problem?: string;
}

/** Loads the model in a worker of its own and embeds one text; for `doctor`. Does not throw. */
export async function inspectModel(options: BuiltinEmbedderOptions = {}): Promise<ModelReport> {
  const embedder = createBuiltinEmbedder({ ...options, workers: 1 });
  const started = performance.now();
  try {
    await embedder.embedQuery("Is the model there?");
    return { ok: true, ...report() };
  } catch (error) {
    return { ok: false, ...report(), problem: toAppError(error).message };
  } finally {
    await embedder.close();
  }

  function report() {
    const { model, engine } = embedder.describe();
    return { model, engine, loadMs: Math.round(performance.now() - started) };
  }
}
