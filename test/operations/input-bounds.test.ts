import { describe, expect, it } from "vitest";
import { z } from "zod";
import { catalogue } from "../../src/operations/index.ts";

/** More than a body may hold. */
const LONG = "a".repeat(1024 * 1024 + 1);
const MANY = 100_000;

/** Bounded by the service, in bytes of UTF-8: see the tests of create_prompt. */
const BY_THE_SERVICE = ["content"];

interface Field {
  readonly type?: string;
  readonly anyOf?: readonly Field[];
}

const schemaOf = (input: z.ZodObject) =>
  z.toJSONSchema(input, { io: "input" }).properties as Readonly<Record<string, Field>> | undefined;

const fields = catalogue.flatMap(({ name, input }) =>
  Object.entries(schemaOf(input) ?? {}).map(([field, schema]) => ({ name, input, field, schema })),
);
const ofType = (type: string) =>
  fields
    .filter(({ schema }) => [schema, ...(schema.anyOf ?? [])].some((form) => form.type === type))
    .filter(({ field }) => !BY_THE_SERVICE.includes(field))
    .map((found) => [`${found.name}.${found.field}`, found] as const);

/** Whether the schema itself refuses a value of a field, whatever else is missing. */
function refuses(input: z.ZodObject, field: string, value: unknown): boolean {
  const { error } = input.safeParse({ [field]: value });
  return error?.issues.some(({ path }) => path[0] === field) === true;
}

describe("what a caller may send", () => {
  it.each(ofType("string"))("ends somewhere: the text %s", (_name, { input, field }) => {
    expect(refuses(input, field, LONG)).toBe(true);
  });

  it.each(ofType("array"))("ends somewhere: the list %s", (_name, { input, field }) => {
    expect(
      refuses(
        input,
        field,
        Array.from({ length: MANY }, (_, n) => `a${n}`),
      ),
    ).toBe(true);
  });

  it.each(ofType("object"))("ends somewhere: the pairs %s", (_name, { input, field }) => {
    const pairs = Object.fromEntries(Array.from({ length: MANY }, (_, n) => [`a${n}`, "a"]));
    expect(refuses(input, field, pairs)).toBe(true);
  });

  it.each(ofType("integer"))("ends somewhere: the number %s", (_name, { input, field }) => {
    expect(refuses(input, field, 2 ** 53)).toBe(true);
  });
});
