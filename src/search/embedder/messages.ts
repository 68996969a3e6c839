import type { Span } from "../../domain/ports/search.ts";
import type { CriticalSection } from "./critical-section.ts";
import type { EngineChoice, EngineName } from "./engine.ts";
import type { ModelFiles } from "./model-files.ts";

/** What a worker is started with. */
export interface WorkerSetup {
  readonly engine: EngineChoice;
  readonly files: ModelFiles;
  readonly section: CriticalSection;
}

/** What a worker is asked. Each task has one answer, in order. */
export type Task =
  | { readonly kind: "embed"; readonly text: string }
  | { readonly kind: "split"; readonly heading: string; readonly text: string };

export type Result = { readonly vector: Float32Array } | { readonly spans: readonly Span[] };

/** What a worker says of itself once it can work. */
export interface Loaded {
  readonly engine: EngineName;
  readonly loadMs: number;
  readonly nativeProblem: string | undefined;
}

/** What a worker sends. `reason` is for people, `detail` for the log. */
export type WorkerMessage<Info, Answer> =
  | { readonly kind: "ready"; readonly info: Info }
  | { readonly kind: "done"; readonly result: Answer }
  /** The task failed; the worker goes on. */
  | { readonly kind: "failed"; readonly reason: string; readonly detail: string | undefined }
  /** The worker cannot work at all, and ends. */
  | { readonly kind: "unusable"; readonly reason: string; readonly detail: string | undefined };
