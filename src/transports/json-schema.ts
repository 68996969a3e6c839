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
