import { copyFile, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUNDLED_FILES } from "../../../src/search/embedder/model-files.ts";
import { createGraphBuilder, ELEMENT } from "../../../src/search/embedder/onnx-graph/graph-builder.ts";
import { readTensors } from "../../../src/search/embedder/onnx-graph/safetensors.ts";

/**
 * Writes a folder in the form of a model of the Hugging Face hub. The model is the first layer of the bundled one: a word's
 * vector whatever stands beside it, which is little, and enough to tell bread from law.
 */
export async function writeHubModel(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "promptforge-hub-model-"));
  await mkdir(join(folder, "onnx"));
  const weights = await readFile(BUNDLED_FILES.weightsPath);
  const words = readTensors(weights).get("embeddings.word_embeddings.weight");
  if (words === undefined) throw new Error("The weights have no vectors of words.");
  const { shape, offset, length } = words;

  const graph = createGraphBuilder();
  const ids = graph.input("input_ids", ELEMENT.int64, ["batch", "tokens"]);
  const half = graph.external("words.fp16", ELEMENT.float16, shape, {
    location: "model.onnx_data",
    offset: 0,
    length,
  });
  const table = graph.node("Cast", [half], "words", { to: { integer: ELEMENT.float32 } });
  graph.node("Gather", [table, ids], "last_hidden_state");
  graph.output("last_hidden_state", ELEMENT.float32, ["batch", "tokens", shape[1] ?? 0]);

  await writeFile(join(folder, "onnx", "model.onnx"), graph.model());
  await writeFile(join(folder, "onnx", "model.onnx_data"), weights.subarray(offset, offset + length));
  await copyFile(BUNDLED_FILES.tokenizerPath, join(folder, "tokenizer.json"));
  await writeFile(
    join(folder, "tokenizer_config.json"),
    JSON.stringify({ tokenizer_class: "BertTokenizer", model_max_length: 512, do_lower_case: true }),
  );
  const config = {
    ...JSON.parse(await readFile(BUNDLED_FILES.configPath, "utf8")),
    "transformers.js_config": { use_external_data_format: true },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  return folder;
}
