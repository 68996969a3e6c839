import { createEmbedder } from "@lat.md/embed";
import type { Engine, EngineSource } from "./engine.ts";
import { DIMENSIONS, MODEL_NAME, WINDOW_TOKENS } from "./model-files.ts";

/** The same model in WebAssembly: about a tenth of the speed, and it runs wherever Node does. */
export async function loadWasmEngine({ files }: Pick<EngineSource, "files">): Promise<Engine> {
  const embedder = await createEmbedder({
    model: {
      ...files,
      id: MODEL_NAME,
      dimensions: DIMENSIONS,
      maxTokens: WINDOW_TOKENS,
      pooling: "mean",
      normalize: true,
    },
  });
  async function embed(text: string): Promise<Float32Array> {
    // One text at a time: given 24, the library would start threads of its own.
    const [vector] = await embedder.embed([text]);
    if (vector === undefined) throw new Error("The WebAssembly engine gave no vector.");
    return Float32Array.from(vector);
  }
  // The library reads the model when it is first used.
  await embed("");
  return { name: "wasm", embed: ({ text }) => embed(text) };
}
