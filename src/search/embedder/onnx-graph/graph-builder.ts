import { type Bytes, bytesField, concat, floatField, integerField, textField } from "./protobuf.ts";

/** Numbers of fields and types: onnx.proto3 of ONNX (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3). */
const MODEL = { irVersion: 1, graph: 7, opsetImport: 8 };
const OPSET = { domain: 1, version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, float: 2, integer: 3, text: 4, integers: 8, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, integer: 2, text: 3, integers: 7 };
const TENSOR = { dims: 1, type: 2, name: 8, rawData: 9, externalData: 13, location: 14 };
const ENTRY = { key: 1, value: 2 };
const EXTERNAL = 1;
const VALUE = { name: 1, type: 2 };
const TYPE = { tensor: 1, elementType: 1, shape: 2, dimension: 1, size: 1, symbol: 2 };

export const ELEMENT = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;
export type ElementType = (typeof ELEMENT)[keyof typeof ELEMENT];

/** Version of the operators: 20 is the first with Gelu. 9 is the version of the file format that came with it. */
const OPSET_VERSION = 20;
const IR_VERSION = 9;

export type Attribute =
  | { readonly float: number }
  | { readonly integer: number }
  | { readonly integers: readonly number[] }
  | { readonly text: string };

/** Collects the parts of an ONNX graph. Values go by name; each method gives back the name of the value that it adds. */
export type GraphBuilder = ReturnType<typeof createGraphBuilder>;

export function createGraphBuilder() {
  const fields: Bytes[] = [textField(GRAPH.name, "graph")];

  return {
    node(
      operator: string,
      inputs: readonly string[],
      output: string,
      attributes: Readonly<Record<string, Attribute>> = {},
    ): string {
      const node = concat([
        ...inputs.map((input) => textField(NODE.input, input)),
        textField(NODE.output, output),
        textField(NODE.name, output),
        textField(NODE.operator, operator),
        ...Object.entries(attributes).map(([name, value]) =>
          bytesField(NODE.attribute, attribute(name, value)),
        ),
      ]);
      fields.push(bytesField(GRAPH.node, node));
      return output;
    },

    /** A tensor whose bytes stay in another file, which the session is given under the name `location`. */
    external(
      name: string,
      type: ElementType,
      shape: readonly number[],
      place: { readonly location: string; readonly offset: number; readonly length: number },
    ): string {
      const entries = Object.entries(place).map(([key, value]) =>
        bytesField(
          TENSOR.externalData,
          concat([textField(ENTRY.key, key), textField(ENTRY.value, String(value))]),
        ),
      );
      addTensor(name, type, shape, [...entries, integerField(TENSOR.location, EXTERNAL)]);
      return name;
    },

    integers(name: string, shape: readonly number[], values: readonly number[]): string {
      const raw = BigInt64Array.from(values, BigInt);
      addTensor(name, ELEMENT.int64, shape, [bytesField(TENSOR.rawData, new Uint8Array(raw.buffer))]);
      return name;
    },

    float(name: string, value: number): string {
      addTensor(name, ELEMENT.float32, [], [bytesField(TENSOR.rawData, rawFloat(value))]);
      return name;
    },

    /** Each dimension is a size, or the name of a size that is known only when the graph is run. */
    input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
      fields.push(bytesField(GRAPH.input, valueInfo(name, type, shape)));
      return name;
    },

    output(name: string, type: ElementType, shape: readonly (number | string)[]): void {
      fields.push(bytesField(GRAPH.output, valueInfo(name, type, shape)));
    },

    /** The whole model, as ONNX Runtime reads it. */
    model(): Bytes {
      return concat([
        integerField(MODEL.irVersion, IR_VERSION),
        bytesField(MODEL.graph, concat(fields)),
        bytesField(
          MODEL.opsetImport,
          concat([textField(OPSET.domain, ""), integerField(OPSET.version, OPSET_VERSION)]),
        ),
      ]);
    },
  };

  function addTensor(
    name: string,
    type: ElementType,
    shape: readonly number[],
    data: readonly Bytes[],
  ): void {
    const tensor = concat([
      ...shape.map((size) => integerField(TENSOR.dims, size)),
      integerField(TENSOR.type, type),
      textField(TENSOR.name, name),
      ...data,
    ]);
    fields.push(bytesField(GRAPH.initializer, tensor));
  }
}

function attribute(name: string, value: Attribute): Bytes {
  return concat([textField(ATTRIBUTE.name, name), ...attributeValue(value)]);
}

function attributeValue(value: Attribute): Bytes[] {
  if ("float" in value) {
    return [floatField(ATTRIBUTE.float, value.float), integerField(ATTRIBUTE.type, ATTRIBUTE_TYPE.float)];
  }
  if ("integer" in value) {
    return [
      integerField(ATTRIBUTE.integer, value.integer),
      integerField(ATTRIBUTE.type, ATTRIBUTE_TYPE.integer),
    ];
  }
  if ("text" in value) {
    return [textField(ATTRIBUTE.text, value.text), integerField(ATTRIBUTE.type, ATTRIBUTE_TYPE.text)];
  }
  return [
    ...value.integers.map((item) => integerField(ATTRIBUTE.integers, item)),
    integerField(ATTRIBUTE.type, ATTRIBUTE_TYPE.integers),
  ];
}

function valueInfo(name: string, type: ElementType, shape: readonly (number | string)[]): Bytes {
  const dimensions = shape.map((size) =>
    bytesField(
      TYPE.dimension,
      typeof size === "number" ? integerField(TYPE.size, size) : textField(TYPE.symbol, size),
    ),
  );
  const tensor = concat([integerField(TYPE.elementType, type), bytesField(TYPE.shape, concat(dimensions))]);
  return concat([textField(VALUE.name, name), bytesField(VALUE.type, bytesField(TYPE.tensor, tensor))]);
}

function rawFloat(value: number): Bytes {
  const raw = new Uint8Array(4);
  new DataView(raw.buffer).setFloat32(0, value, true);
  return raw;
}
