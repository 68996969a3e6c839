import { describe, expect, it } from "vitest";
import { bertEncoder } from "../../../src/search/embedder/onnx-graph/bert-encoder.ts";
import {
  bytesField,
  concat,
  floatField,
  integerField,
  textField,
} from "../../../src/search/embedder/onnx-graph/protobuf.ts";
import { readTensors } from "../../../src/search/embedder/onnx-graph/safetensors.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function safetensors(header: unknown, data: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return concat([length, json, Uint8Array.from(data)]);
}

describe("writing protocol buffers", () => {
  it("writes fields as the format's own guide shows them", () => {
    expect(hex(integerField(1, 150))).toBe("089601");
    expect(hex(textField(2, "testing"))).toBe("120774657374696e67");
    expect(hex(bytesField(3, integerField(1, 150)))).toBe("1a03089601");
    expect(hex(floatField(2, 1.5))).toBe("150000c03f");
  });

  it("writes large numbers of fields and values", () => {
    expect(hex(integerField(16, 0))).toBe("800100");
    expect(hex(integerField(1, 2 ** 40))).toBe("08808080808020");
  });
});

describe("reading safetensors", () => {
  it("finds the tensors", () => {
    const file = safetensors(
      { __metadata__: { format: "pt" }, a: { dtype: "F16", shape: [2], data_offsets: [0, 4] } },
      [1, 2, 3, 4],
    );
    const tensor = readTensors(file).get("a");
    expect(tensor).toMatchObject({ dtype: "F16", shape: [2], length: 4 });
    expect([...file.subarray(tensor?.offset, (tensor?.offset ?? 0) + 4)]).toEqual([1, 2, 3, 4]);
  });

  it("refuses a tensor outside the file", () => {
    const file = safetensors({ a: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, [1, 2]);
    expect(() => readTensors(file)).toThrow("a lies outside the file");
  });

  it.each([
    ["too short", Uint8Array.of(1, 2)],
    ["longer than the file", safetensors({}).subarray(0, 9)],
  ])("refuses a header that is %s", (problem, file) => {
    expect(() => readTensors(file)).toThrow(problem);
  });
});

describe("the graph of a BERT encoder", () => {
  const shape = { layers: 1, heads: 2, hidden: 4, layerNormEpsilon: 1e-12 };

  it("names a tensor that the weights have not", () => {
    expect(() => bertEncoder(new Map(), shape)).toThrow("no tensor embeddings.word_embeddings.weight");
  });

  it("refuses weights of another type than fp16", () => {
    const tensor = { dtype: "BF16", shape: [1], offset: 0, length: 2 };
    const tensors = new Map([["embeddings.word_embeddings.weight", tensor]]);
    expect(() => bertEncoder(tensors, shape)).toThrow("BF16, not F16");
  });
});
