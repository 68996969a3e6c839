import fc from "fast-check";
import { z } from "zod";
import { hostileText, hostileValue } from "./hostile.ts";

/**
 * What JSON Schema says of a field, as far as the operations' schemas say anything. fast-check's neighbours that read
 * schemas are for zod 3, or make values that cannot be shrunk.
 */
const schemaOf = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  format: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
});

/** Lists and texts beyond it show nothing new, and take long. */
const MOST = 20;

/** Names of things that are there, so that what is generated gets past the look-up. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Inputs that an operation's schema takes, with something hostile in some of their fields. */
export function inputFrom(schema: z.ZodObject, known: Known): fc.Arbitrary<Record<string, unknown>> {
  const { properties = {}, required = [] } = schemaOf.parse(
    z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }),
  );
  const fields = Object.entries(properties).map(([name, field]) => {
    const there = known[name] ?? [];
    return [
      name,
      fc.oneof(
        ...(there.length === 0 ? [] : [{ weight: 12, arbitrary: fc.constantFrom(...there) }]),
        { weight: 6, arbitrary: valueFrom(field) },
        { weight: 1, arbitrary: hostileValue },
      ),
    ] as const;
  });
  const record = fc.record(Object.fromEntries(fields), {
    requiredKeys: required.filter((name) => Object.hasOwn(properties, name)),
  });
  // Now and then without what is required, or with what nobody asked for.
  return fc.oneof(
    { weight: 8, arbitrary: record },
    { weight: 1, arbitrary: fc.record(Object.fromEntries(fields), { requiredKeys: [] }) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(record, hostileText, hostileValue)
        .map(([input, name, value]) => withField(input, name, value)),
    },
  );
}

/** Also for `__proto__`, which an assignment would take for something else. */
function withField(input: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  return Object.defineProperty({ ...input }, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function valueFrom(json: unknown): fc.Arbitrary<unknown> {
  const schema = schemaOf.parse(json);
  const { properties = {}, required = [] } = schema;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(valueFrom));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if ("const" in schema) return fc.constant(schema.const);
  switch (schema.type) {
    case "string":
      return textFrom(schema);
    case "integer":
      return fc.integer({
        min: Math.max(schema.minimum ?? 0, -(2 ** 31)),
        max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1),
      });
    case "number":
      return fc.double({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valueFrom(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? MOST, MOST) });
    case "object":
      return Object.keys(properties).length === 0
        ? fc.dictionary(fc.string({ maxLength: MOST }), valueFrom(schema.additionalProperties ?? {}), {
            maxKeys: 5,
          })
        : fc.record(
            Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, valueFrom(field)])),
            { requiredKeys: required.filter((name) => Object.hasOwn(properties, name)) },
          );
    default:
      return hostileValue;
  }
}

function textFrom({
  format,
  minLength = 0,
  maxLength = 1_000,
}: z.infer<typeof schemaOf>): fc.Arbitrary<string> {
  switch (format) {
    case "uuid":
      return fc.uuid();
    case "date-time":
      return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    case "email":
      return fc.emailAddress();
    case "uri":
      return fc.webUrl();
    default: {
      const most = Math.max(minLength, Math.min(maxLength, 10 * MOST));
      return fc.oneof(
        fc.stringMatching(/^[a-z]{1,12}(\/[a-z0-9-]{0,8}[a-z0-9])?$/),
        fc.string({ unit: "grapheme", minLength, maxLength: most }),
      );
    }
  }
}
