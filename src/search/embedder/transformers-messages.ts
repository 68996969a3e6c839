import type { CriticalSection } from "./critical-section.ts";

/** What a worker that runs `@huggingface/transformers` is started with. */
export interface TransformersSetup {
  /** A name on the Hugging Face hub, or the path of a folder. */
  readonly model: string;
  /** Where downloaded models are kept. */
  readonly modelsDir: string;
  /** What to import: the package's name. */
  readonly library: string;
  readonly section: CriticalSection;
  /** Holds 1 once nobody waits for the model any more; waiters are notified. */
  readonly closing: Int32Array<SharedArrayBuffer>;
}

/** What such a worker says of itself once it can work. */
export interface TransformersLoaded {
  /** Of the library. */
  readonly version: string;
  readonly loadMs: number;
}
