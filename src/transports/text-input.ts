import { z } from "zod";

/** A value as an address, a query string or a command line gives it; several when it was given several times. */
export type TextValue = string | readonly string[];

interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
}

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Schemas are made once and asked often. */
const fieldsOf = new WeakMap<z.ZodObject, Readonly<Record<string, FieldSchema>>>();

/**
 * Turns texts into what an operation's input schema wants: integers, numbers, booleans, null, and arrays from
 * comma-separated or repeated values. What does not convert is passed on as it is, so that the schema reports it;
 * what the schema does not name is left out.
 */
export function fromText(
  schema: z.ZodObject,
  values: Readonly<Record<string, TextValue | undefined>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputFields(schema)).flatMap(([name, field]) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      return value === undefined ? [] : [[name, convert(field, value)]];
    }),
  );
}

function inputFields(schema: z.ZodObject): Readonly<Record<string, FieldSchema>> {
  const known = fieldsOf.get(schema);
  if (known !== undefined) return known;
  // Boundary: zod types JSON Schema more widely than the part that is read here.
  const fields = (z.toJSONSchema(schema, { io: "input" }).properties ?? {}) as Record<string, FieldSchema>;
  fieldsOf.set(schema, fields);
  return fields;
}

function convert(field: FieldSchema, value: TextValue): unknown {
  const types = typesOf(field);
  if (types.includes("array")) {
    const texts = typeof value === "string" ? [value] : value;
    return texts.flatMap(splitList).map((text) => convertOne(typesOf(field.items ?? {}), text));
  }
  if (typeof value === "string") return convertOne(types, value);
  const [only] = value;
  return value.length === 1 && only !== undefined ? convertOne(types, only) : value;
}

function convertOne(types: readonly string[], text: string): unknown {
  if (types.includes("string")) return text;
  if (types.includes("null") && text === "null") return null;
  if (types.includes("boolean") && (text === "true" || text === "false")) return text === "true";
  const wanted = types.includes("number") ? NUMBER : types.includes("integer") ? INTEGER : undefined;
  return wanted?.test(text) ? Number(text) : text;
}

function splitList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function typesOf(field: FieldSchema): string[] {
  return [field.type ?? [], ...(field.anyOf ?? []).map(typesOf)].flat();
}
