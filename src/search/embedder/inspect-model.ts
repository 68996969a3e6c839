import { toAppError } from "../../domain/errors.ts";
import type { Embedder } from "../../domain/ports/search.ts";

/** The embedder is for this alone: no tenant waits for a turn. */
const NOBODY = "";

export interface ModelReport {
  readonly ok: boolean;
  readonly model: string;
  readonly engine: string | undefined;
  /** From nothing to the vector of a first text, in ms. */
  readonly loadMs: number;
  /** What is wrong and what to do. */
  readonly problem?: string;
}

/** Embeds one text, with an embedder that is for this alone and closed after; for `doctor`. Does not throw. */
export async function inspectModel(embedder: Embedder): Promise<ModelReport> {
  const started = performance.now();
  try {
    // As the indexer does, who waits longer than a search.
    await embedder.embed(NOBODY, ["Is the model there?"]);
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
