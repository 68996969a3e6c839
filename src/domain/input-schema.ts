import { z } from "zod";
import { AppError } from "./errors.ts";
import { isJsonObject, type JsonObject, jsonProblem } from "./json-bounds.ts";
import { patternSize } from "./pattern-size.ts";
import { ARGUMENT_NAME, RESERVED_NAMES } from "./template/names.ts";

/** More different arguments than this is a data file, not a prompt. */
export const MAX_ARGUMENTS = 100;

/** 32 KiB and eight schemas within each other: enough for any form, and little to check a value against. */
const BOUNDS = { bytes: 32 * 1024, depth: 24 };
const MAX_NESTING = 8;
/** Each is code that is made when the schema is saved, or first used, a tenth of a millisecond or two; nobody is answered meanwhile. */
const MAX_SCHEMAS = 300;
/** A pattern or a comparison of all with all takes its time on what is long: the schema has to say that nothing is. */
const MAX_PATTERN = 500;
/** Steps of a pattern with its repetitions written out, each of which may be taken for each character. */
const MAX_PATTERN_STEPS = 2_000;
const MAX_MATCHED_LENGTH = 10_000;
const MAX_UNIQUE_ITEMS = 1_000;
const MAX_UNIQUE_LISTS = 4;

export type PropertySchema = JsonObject;

/** The arguments of a version as one JSON Schema (2020-12). */
export interface InputSchema extends JsonObject {
  readonly type: "object";
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required?: readonly string[];
}

/** What a keyword holds: a schema, a list or a map of them, or a value that is the validator's to read. */
type Holds = "schema" | "schemas" | "map" | "value";

const ROOT_KEYWORDS = ["$schema", "$comment", "type", "title", "description", "properties", "required"];

/**
 * What a property's schema may say. References are not among it: a few of them, each to the next, would make checking a
 * value take for ever. Nor is what a validator would have to remember.
 */
const KEYWORDS: ReadonlyMap<string, Holds> = new Map([
  ...["items", "additionalProperties", "contains", "not", "if", "then", "else"].map(
    (name) => [name, "schema"] as const,
  ),
  ...["anyOf", "oneOf", "allOf", "prefixItems"].map((name) => [name, "schemas"] as const),
  ["properties", "map"],
  ...[
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "format",
    "type",
    "enum",
    "const",
  ]
    .concat("minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    .concat("multipleOf", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains")
    .concat("minProperties", "maxProperties", "required")
    .map((name) => [name, "value"] as const),
]);

/** How callers give one; `readInputSchema` says whether it is one. */
/** JSON Schema has some sixty keywords. */
const MAX_KEYWORDS = 100;

export const inputSchemaField = z
  .record(z.string(), z.unknown())
  .refine((given) => Object.keys(given).length <= MAX_KEYWORDS, `At most ${MAX_KEYWORDS} keywords are taken`)
  .describe(
    'JSON Schema of the arguments: {"type":"object","properties":{…},"required":[…]}. Without it they are the {{placeholders}}',
  );

/**
 * A schema of arguments that is bounded and says nothing that could run away. Whether each keyword has a sensible value is
 * left to the validator. Throws `invalid_input` with the place of the first thing that is wrong.
 */
export function readInputSchema(given: JsonObject): InputSchema {
  const size = jsonProblem(given, BOUNDS);
  if (size !== undefined) throw refusal("", size);
  const { type = "object", properties = {}, required = [], additionalProperties, ...rest } = given;
  if (type !== "object") throw refusal("/type", 'is not "object"');
  if (!isJsonObject(properties))
    throw refusal("/properties", "is not an object with a schema for each argument");
  if (additionalProperties !== undefined && typeof additionalProperties !== "boolean") {
    throw refusal("/additionalProperties", "is a schema; what is no argument is refused in any case");
  }
  for (const keyword of Object.keys(rest)) {
    if (!ROOT_KEYWORDS.includes(keyword) && !keyword.startsWith("x-")) {
      throw refusal(`/${keyword}`, `is not taken here. These are: ${ROOT_KEYWORDS.join(", ")}`);
    }
  }
  const names = Object.keys(properties);
  if (names.length > MAX_ARGUMENTS) throw tooManyArguments();
  for (const name of names) checkName(name);
  if (!Array.isArray(required) || !required.every((name) => names.includes(name))) {
    throw refusal("/required", "names what is not in properties");
  }
  const work: Work = { schemas: 0, uniqueLists: 0 };
  for (const [name, schema] of Object.entries(properties))
    checkSchema(schema, `/properties/${name}`, 1, work);
  return { ...given, type, properties: properties as InputSchema["properties"] };
}

function checkName(name: string): void {
  if (ARGUMENT_NAME.test(name) && !RESERVED_NAMES.has(name)) return;
  throw refusal(
    "/properties",
    "has a name that no argument can have: 1 to 64 letters of a to z, digits, '_' and '-', no digit first",
  );
}

/** What all schemas within one ask for together. */
interface Work {
  schemas: number;
  uniqueLists: number;
}

function checkSchema(schema: unknown, path: string, level: number, work: Work): void {
  if (++work.schemas > MAX_SCHEMAS)
    throw refusal(path, `is one schema too many: ${MAX_SCHEMAS} are taken, with all that are within others`);
  if (typeof schema === "boolean" && level > 1) return;
  if (!isJsonObject(schema)) throw refusal(path, "is not a schema");
  if (level > MAX_NESTING) throw refusal(path, `is nested more than ${MAX_NESTING} schemas deep`);
  for (const [keyword, value] of Object.entries(schema)) {
    const place = `${path}/${keyword}`;
    switch (KEYWORDS.get(keyword)) {
      case "schema":
        checkSchema(value, place, level + 1, work);
        break;
      case "schemas":
        if (!Array.isArray(value)) throw refusal(place, "is not a list of schemas");
        value.forEach((inner, index) => void checkSchema(inner, `${place}/${index}`, level + 1, work));
        break;
      case "map":
        if (!isJsonObject(value)) throw refusal(place, "is not an object of schemas");
        for (const [name, inner] of Object.entries(value))
          checkSchema(inner, `${place}/${name}`, level + 1, work);
        break;
      case undefined:
        if (keyword.startsWith("x-")) break;
        throw refusal(
          place,
          keyword.startsWith("$")
            ? "is not taken: write the schema out, without references"
            : `is not taken. Known are: ${[...KEYWORDS.keys()].join(", ")}`,
        );
    }
  }
  checkWork(schema, path, work);
}

/** Throws `invalid_input` for what would take long to check on a long value, where the schema allows one. */
function checkWork(
  { pattern, maxLength, uniqueItems, maxItems }: PropertySchema,
  path: string,
  work: Work,
): void {
  if (typeof pattern === "string") {
    if (pattern.length > MAX_PATTERN)
      throw refusal(`${path}/pattern`, `has more than ${MAX_PATTERN} characters`);
    if (pattern.includes("\\Q")) throw refusal(`${path}/pattern`, "quotes with \\Q: put \\ before each sign");
    if (patternSize(pattern) > MAX_PATTERN_STEPS) {
      throw refusal(
        `${path}/pattern`,
        `has more than ${MAX_PATTERN_STEPS} steps with its repetitions written out: use minLength, maxLength, + and *`,
      );
    }
    if (!(typeof maxLength === "number" && maxLength <= MAX_MATCHED_LENGTH)) {
      throw refusal(`${path}/pattern`, `needs a maxLength of at most ${MAX_MATCHED_LENGTH} beside it`);
    }
  }
  if (uniqueItems === true && !(typeof maxItems === "number" && maxItems <= MAX_UNIQUE_ITEMS)) {
    throw refusal(`${path}/uniqueItems`, `needs maxItems of at most ${MAX_UNIQUE_ITEMS} beside it`);
  }
  if (uniqueItems === true && ++work.uniqueLists > MAX_UNIQUE_LISTS)
    throw refusal(`${path}/uniqueItems`, `is there more than ${MAX_UNIQUE_LISTS} times`);
}

/** Paths hold names that a caller chose, and are told to that caller alone. */
function refusal(path: string, problem: string): AppError {
  const place = path === "" ? "" : ` at ${path.slice(0, 200).toWellFormed()}`;
  return new AppError("invalid_input", `The input_schema${place} ${problem}.`, { path });
}

export function tooManyArguments(): AppError {
  return new AppError(
    "invalid_input",
    `The prompt has more than ${MAX_ARGUMENTS} different arguments. Use fewer, or split the prompt.`,
    { limit: MAX_ARGUMENTS },
  );
}
