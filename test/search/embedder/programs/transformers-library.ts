/**
 * Stands in for `@huggingface/transformers`, as far as the worker uses it, with a real model behind it: the bundled one in
 * WebAssembly. The model's name says how it behaves; an address is fetched first.
 */
import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import { BUNDLED_FILES } from "../../../../src/search/embedder/model-files.ts";
import { loadWasmEngine } from "../../../../src/search/embedder/wasm-engine.ts";

export const env = { version: "0.0.0-test", cacheDir: null as string | null, fetch };

export async function pipeline(task: string, model: string) {
  if (task !== "feature-extraction") throw new Error("another task");
  if (model === "missing/model") throw new Error("Could not locate file");
  if (model.startsWith("http://")) await env.fetch(model);
  const engine = await loadWasmEngine({ files: BUNDLED_FILES });
  const library = new Tokenizer(JSON.parse(readFileSync(BUNDLED_FILES.tokenizerPath, "utf8")), {});
  const tokenizer = {
    encode: (text: string, options: object): number[] => library.encode(text, options).ids,
  };
  return Object.assign(
    async (text: string) => {
      if (text === "fail") throw new Error("The model cannot read this.");
      return { data: await engine.embed({ text, tokens: [] }) };
    },
    { tokenizer },
  );
}
