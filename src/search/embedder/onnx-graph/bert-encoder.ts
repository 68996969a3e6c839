import { createGraphBuilder, ELEMENT } from "./graph-builder.ts";
import type { StoredTensor } from "./safetensors.ts";

export interface BertShape {
  readonly layers: number;
  readonly heads: number;
  readonly hidden: number;
  readonly layerNormEpsilon: number;
}

/** Name under which the session is given the file of weights. */
export const WEIGHTS_LOCATION = "weights";

/**
 * An ONNX model of a BERT encoder (https://arxiv.org/abs/1810.04805) with the exact GELU and mean pooling, for one
 * text at a time. Inputs: `ids` and `positions`, int32 [tokens]. Output: `mean`, float32 [hidden], not normalised.
 *
 * One text at a time, because then there is no padding, so no mask, no work on padding, and a text's vector cannot
 * depend on its neighbours; on one thread a batch is no faster.
 *
 * The model has no weights in it: they stay in the safetensors file, and each is upcast from fp16 by a Cast
 * that the runtime folds away when it loads. So the graph is some 40 KB, made anew at each load, with nothing to cache.
 * Weights are used as PyTorch stores them, [out, in]: Gemm transposes.
 */
export function bertEncoder(tensors: ReadonlyMap<string, StoredTensor>, shape: BertShape): Uint8Array {
  const { layers, heads, hidden, layerNormEpsilon } = shape;
  const graph = createGraphBuilder();
  const byHead = graph.integers("shape.heads", [3], [-1, heads, hidden / heads]);
  const joined = graph.integers("shape.joined", [2], [-1, hidden]);
  const scale = graph.float("scale", 1 / Math.sqrt(hidden / heads));

  function weight(name: string): string {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Error(`The weights have no tensor ${name}.`);
    if (tensor.dtype !== "F16") throw new Error(`The tensor ${name} is ${tensor.dtype}, not F16.`);
    const { offset, length } = tensor;
    const place = { location: WEIGHTS_LOCATION, offset, length };
    const half = graph.external(`${name}.fp16`, ELEMENT.float16, tensor.shape, place);
    return graph.node("Cast", [half], name, { to: { integer: ELEMENT.float32 } });
  }

  function dense(input: string, name: string): string {
    return graph.node("Gemm", [input, weight(`${name}.weight`), weight(`${name}.bias`)], `${name}.out`, {
      transB: { integer: 1 },
    });
  }

  function addAndNormalise(terms: readonly [string, string], name: string): string {
    const sum = graph.node("Add", terms, `${name}.sum`);
    return graph.node(
      "LayerNormalization",
      [sum, weight(`${name}.LayerNorm.weight`), weight(`${name}.LayerNorm.bias`)],
      `${name}.LayerNorm.out`,
      { axis: { integer: 1 }, epsilon: { float: layerNormEpsilon } },
    );
  }

  /** [tokens, hidden] -> three axes: `order` permutes [tokens, heads, size of a head]. */
  function projected(input: string, name: string, order: readonly number[]): string {
    const split = graph.node("Reshape", [dense(input, name), byHead], `${name}.split`);
    return graph.node("Transpose", [split], `${name}.byHead`, { perm: { integers: order } });
  }

  function attention(input: string, name: string): string {
    const query = projected(input, `${name}.self.query`, [1, 0, 2]);
    const keys = projected(input, `${name}.self.key`, [1, 2, 0]);
    const values = projected(input, `${name}.self.value`, [1, 0, 2]);
    const scores = graph.node(
      "Mul",
      [graph.node("MatMul", [query, keys], `${name}.products`), scale],
      `${name}.scores`,
    );
    const shares = graph.node("Softmax", [scores], `${name}.shares`, { axis: { integer: 2 } });
    const mixed = graph.node("MatMul", [shares, values], `${name}.mixed`);
    const byToken = graph.node("Transpose", [mixed], `${name}.byToken`, { perm: { integers: [1, 0, 2] } });
    const context = graph.node("Reshape", [byToken, joined], `${name}.context`);
    return addAndNormalise([dense(context, `${name}.output.dense`), input], `${name}.output`);
  }

  function layer(input: string, name: string): string {
    const attended = attention(input, `${name}.attention`);
    const wide = dense(attended, `${name}.intermediate.dense`);
    const activated = graph.node("Gelu", [wide], `${name}.activated`, { approximate: { text: "none" } });
    return addAndNormalise([dense(activated, `${name}.output.dense`), attended], `${name}.output`);
  }

  function embeddings(): string {
    const ids = graph.input("ids", ELEMENT.int32, ["tokens"]);
    const positions = graph.input("positions", ELEMENT.int32, ["tokens"]);
    const firstSegment = graph.integers("segment", [], [0]);
    const look = (table: string, index: string) =>
      graph.node("Gather", [weight(`embeddings.${table}_embeddings.weight`), index], `${table}.looked-up`);
    const placed = graph.node("Add", [look("word", ids), look("position", positions)], "placed");
    return addAndNormalise([placed, look("token_type", firstSegment)], "embeddings");
  }

  let state = embeddings();
  for (let index = 0; index < layers; index++) state = layer(state, `encoder.layer.${index}`);
  const tokenAxis = graph.integers("token-axis", [1], [0]);
  graph.node("ReduceMean", [state, tokenAxis], "mean", { keepdims: { integer: 0 } });
  graph.output("mean", ELEMENT.float32, [hidden]);
  return graph.model();
}
