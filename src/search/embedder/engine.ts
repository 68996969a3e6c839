import type { CriticalSection } from "./critical-section.ts";
import type { ModelFiles } from "./model-files.ts";

export type EngineName = "native" | "wasm";
export type EngineChoice = "auto" | EngineName;

/** What the model reads: as much of a text as fits its window, with its tokens. */
export interface ModelInput {
  readonly text: string;
  /** With the tokens that start and end it. */
  readonly tokens: readonly number[];
}

/** Runs the model, in the thread that it was loaded in. */
export interface Engine {
  readonly name: EngineName;
  /** A unit vector. */
  embed(input: ModelInput): Promise<Float32Array>;
}

export interface EngineSource {
  readonly files: ModelFiles;
  readonly weights: Uint8Array;
  readonly section: CriticalSection;
}
