import { z } from "zod";

type JsonObject = { type: "object"; [keyword: string]: unknown };

/**
 * A field schema as clients and models should read it: without what only a validator of ours would need (the regular
 * expression behind a date-time, the bounds of JavaScript's integers), and open to fields that a later version adds.
 */
export function objectJsonSchema(schema: z.ZodObject, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  });
  return { ...json, type: "object" };
}
