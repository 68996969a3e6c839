import type { Engine, EngineChoice, EngineSource } from "./engine.ts";
import { loadNativeEngine } from "./native-engine.ts";
import { loadWasmEngine } from "./wasm-engine.ts";

export interface LoadedEngine {
  readonly engine: Engine;
  /** Why the faster engine does not run although it might. */
  readonly nativeProblem: string | undefined;
}

/** Loads the engine asked for; `auto` is the native one where it loads, else WebAssembly. Throws a reason for people. */
export async function loadEngine(choice: EngineChoice, source: EngineSource): Promise<LoadedEngine> {
  if (choice === "wasm") return { engine: await wasm(source), nativeProblem: undefined };
  try {
    return { engine: await loadNativeEngine(source), nativeProblem: undefined };
  } catch (error) {
    if (choice === "native") {
      throw new Error(
        "The native engine does not load. Install onnxruntime-node, or choose the engine auto or wasm.",
        { cause: error },
      );
    }
    return { engine: await wasm(source), nativeProblem: reasonOf(error) };
  }
}

async function wasm(source: EngineSource): Promise<Engine> {
  try {
    return await loadWasmEngine(source);
  } catch (error) {
    throw new Error("The WebAssembly engine does not load. Install the packages again (npm ci).", {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ERR_MODULE_NOT_FOUND"
    ? "onnxruntime-node is not installed"
    : error.message;
}
