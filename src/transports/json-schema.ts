import { z } from "zod";

type JsonObject = { type: "object"; [keyword: string]: unknown };

/**
 * A field schema as clients and models should read it: without what only a validator of ours would need (regular
 * expressions, whose dialects differ, the bounds of JavaScript's integers), and open to fields that a later version adds.
 */
export function objectJsonSchema(schema: z.ZodObject, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      delete jsonSchema.pattern;
      // That names are texts goes without saying.
      delete jsonSchema.propertyNames;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { ...json, properties: spread(json.properties ?? {}), type: "object" };
}

/**
 * `anyOf` in place of lists of types, which zod makes of a nullable field after any override: several clients read only
 * one type, and refuse or lose a field that has more.
 */
function spread(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(spread);
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([key, value]): [string, unknown] =>
    key === "type" && Array.isArray(value)
      ? ["anyOf", value.map((type) => ({ type }))]
      : [key, spread(value)],
  );
  return Object.fromEntries(entries);
}

const LENGTHS = new Set(["minLength", "maxLength", "minItems", "maxItems"]);

/**
 * The fields of an input as the list of tools shows them: without lengths, which cost every conversation room and which a
 * model seldom meets; a value that is too long is refused with an error that names the limit.
 */
export function toolInputSchema(schema: z.ZodObject): JsonObject {
  const json = objectJsonSchema(schema, "input");
  return { ...json, properties: inShort(json["properties"]), type: "object" };
}

function inShort(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(inShort);
  if (typeof json !== "object" || json === null) return json;
  const kept = Object.entries(json).filter(([key, value]) => !saysNothing(key, value));
  return Object.fromEntries(kept.map(([key, value]) => [key, inShort(value)]));
}

/** A length, or that other fields may hold anything. A field that has such a name is an object with keywords of its own. */
function saysNothing(key: string, value: unknown): boolean {
  if (LENGTHS.has(key)) return typeof value === "number";
  return key === "additionalProperties" && JSON.stringify(value) === "{}";
}

/**
 * The shape of an answer in outline, for the list of tools that every conversation with a model begins with: its fields
 * and their types, nothing below them and no words. The whole schema is in the OpenAPI document.
 */
export function toolOutputSchema(schema: z.ZodObject): JsonObject {
  const { properties } = objectJsonSchema(schema, "output");
  const fields = Object.entries(z.record(z.string(), z.unknown()).parse(properties));
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([name, field]) => [name, outline(field)])),
  };
}

const fieldSchema = z.looseObject({ type: z.string().optional(), anyOf: z.array(z.unknown()).optional() });

function outline(field: unknown): unknown {
  const { type, anyOf, items } = fieldSchema.parse(field);
  if (anyOf !== undefined) return { anyOf: anyOf.map(outline) };
  return { type, ...(items === undefined ? {} : { items: outline(items) }) };
}
