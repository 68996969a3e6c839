import { inside } from "./critical-section.ts";
import type { Engine, EngineSource } from "./engine.ts";
import { bertEncoder, WEIGHTS_LOCATION } from "./onnx-graph/bert-encoder.ts";
import { readTensors } from "./onnx-graph/safetensors.ts";

/** What is used of onnxruntime-node. Not its own types: the package is optional, and the project builds without it. */
interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: "int32", data: Int32Array, shape: readonly number[]) => OnnxTensor;
}
interface OnnxSession {
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}
interface OnnxTensor {
  readonly data: unknown;
}

const MINILM = { layers: 6, heads: 12, hidden: 384, layerNormEpsilon: 1e-12 };

const SESSION_OPTIONS = {
  // Several workers with a thread each get more done than one with several.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
};

/** ONNX Runtime in native code; it copies the weights. Throws when onnxruntime-node is not installed or does not load on this machine. */
export async function loadNativeEngine({ weights, section }: EngineSource): Promise<Engine> {
  const runtime = await importRuntime();
  const model = bertEncoder(readTensors(weights), MINILM);
  const session = await inside(section, () =>
    runtime.InferenceSession.create(model, {
      ...SESSION_OPTIONS,
      externalData: [{ path: WEIGHTS_LOCATION, data: weights }],
    }),
  );

  return {
    name: "native",
    async embed({ tokens }) {
      const shape = [tokens.length];
      const inputs = {
        ids: new runtime.Tensor("int32", Int32Array.from(tokens), shape),
        positions: new runtime.Tensor("int32", Int32Array.from(tokens.keys()), shape),
      };
      const outputs = await inside(section, () => session.run(inputs));
      const mean = outputs["mean"]?.data;
      if (!(mean instanceof Float32Array)) throw new Error("ONNX Runtime gave no vector.");
      return unit(mean);
    },
  };
}

async function importRuntime(): Promise<OnnxRuntime> {
  // A name that the compiler cannot see, since it would look for the types of a package that may be absent.
  const name: string = "onnxruntime-node";
  const module = await import(name);
  return module.default ?? module;
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, component) => sum + component * component, 0));
  return vector.map((component) => component / length);
}
