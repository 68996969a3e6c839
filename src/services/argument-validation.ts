import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { LRUCache } from "lru-cache";
import { RE2JS } from "re2js";
import { readValues } from "../domain/argument-values.ts";
import { AppError } from "../domain/errors.ts";
import type { InputSchema } from "../domain/input-schema.ts";
import type { JsonObject } from "../domain/json-bounds.ts";

/** As many arguments as one error says something of. */
const MAX_PROBLEMS = 10;

/** All patterns of a schema together, in RE2's instructions. */
const MAX_INSTRUCTIONS = 10_000;
/** Instructions times characters that the patterns may take for one set of values: some tenths of a second. */
const MAX_MATCHING = 5_000_000;
let matching = 0;
/** Characters of a schema times values that it is asked of: some tenths of a second, where each has all of it to pass. */
const MAX_CHECKING = 20_000_000;
/** A text is measured for each bound on its length: so many of its characters are as a value more. */
const TEXT_AS_VALUE = 500;

/** A compiled schema is code, a few times as large as its text; 500 are what a busy server renders. */
const compiled = new LRUCache<string, ValidateFunction>({ max: 500 });

/**
 * The values of arguments, typed, completed with defaults and checked by their schema. Throws `invalid_input` that says of
 * each argument what is wrong with it.
 */
export function checkedValues(schema: InputSchema, given: JsonObject): Record<string, unknown> {
  const values = readValues(schema, given);
  const problems = problemsOf(schema, values);
  if (problems.length === 0) return values;
  throw new AppError(
    "invalid_input",
    `${problems.map(({ message }) => message).join(". ")}. get_prompt gives the input_schema.`,
    { problems },
  );
}

/** Knows what a JSON Schema is, and is asked for nothing else. */
const dialect = new Ajv2020({ strict: false, logger: false });

/** Throws `invalid_input` when a schema is none, or its own defaults do not fit it. */
export function checkInputSchema(schema: InputSchema): void {
  if (dialect.validateSchema({ type: "object", properties: schema.properties }) !== true) {
    throw notASchema(dialect.errorsText(dialect.errors, { dataVar: "" }));
  }
  validatorOf(schema);
  const defaults = Object.fromEntries(
    Object.entries(schema.properties)
      .filter(([, property]) => Object.hasOwn(property, "default"))
      .map(([name, property]) => [name, property["default"]]),
  );
  const [problem] = problemsOf(schema, defaults);
  if (problem === undefined) return;
  throw new AppError("invalid_input", `A default in the input_schema does not fit it. ${problem.message}.`, {
    argument: problem.argument,
  });
}

interface Problem {
  readonly argument: string;
  readonly message: string;
}

/** The validator stops at the first thing that is wrong, so that a bad value costs no more than a good one: what it names is put aside. */
function problemsOf(schema: InputSchema, given: JsonObject): Problem[] {
  const values = { ...given };
  for (const [name, property] of Object.entries(schema.properties)) {
    if (isPlainText(property, values[name])) delete values[name];
  }
  const problems: Problem[] = [];
  if (Object.keys(values).length === 0) return problems;
  checkEffort(schema, values);
  const validate = validatorOf(schema);
  matching = 0;
  while (problems.length < MAX_PROBLEMS && !validate(values)) {
    const [error] = validate.errors ?? [];
    const argument = decoded(error?.instancePath.split("/")[1] ?? "");
    if (error === undefined || !Object.hasOwn(values, argument))
      throw new Error("A schema refuses all values.");
    problems.push({ argument, message: messageOf(error) });
    delete values[argument];
  }
  return problems;
}

/** Throws `too_large` where the checks of a long schema on many values would keep the thread. */
function checkEffort({ properties }: InputSchema, values: JsonObject): void {
  let effort = 0;
  for (const [name, value] of Object.entries(values)) {
    effort += JSON.stringify(properties[name]).length * weightOf(value);
  }
  if (effort <= MAX_CHECKING) return;
  throw new AppError(
    "too_large",
    "The values are too many, or too long, for so long an input_schema. Give less, or make the schema shorter.",
    { limit: MAX_CHECKING },
  );
}

function weightOf(value: unknown): number {
  if (typeof value === "string") return 1 + value.length / TEXT_AS_VALUE;
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + weightOf(inner), 1);
}

/** What most prompts take needs no compiled schema. */
function isPlainText(property: JsonObject, value: unknown): boolean {
  if (value === undefined) return true;
  const { type, ...rest } = property;
  const isBare = Object.keys(rest).every((keyword) => ANNOTATIONS.has(keyword));
  return isBare && (type === undefined || (type === "string" && typeof value === "string"));
}

const ANNOTATIONS = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "format",
  "$comment",
]);

function validatorOf(schema: InputSchema): ValidateFunction {
  const key = JSON.stringify(schema.properties);
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const validate = compile(schema);
  compiled.set(key, validate);
  return validate;
}

function compile({ properties }: InputSchema): ValidateFunction {
  // One for each schema: a shared one keeps all that it ever compiled.
  const ajv = new Ajv2020({
    strict: false,
    // It was checked when it was stored.
    meta: false,
    validateSchema: false,
    validateFormats: false,
    ownProperties: true,
    logger: false,
    // To make the code shorter takes several times as long as to make it, and hardly shows when it runs.
    code: { regExp: linearPatterns(), optimize: false },
  });
  try {
    return ajv.compile({ type: "object", properties });
  } catch (thrown) {
    throw notASchema(thrown instanceof Error ? thrown.message : "unknown", thrown);
  }
}

function notASchema(problem: string, cause?: unknown): AppError {
  const reason = problem.slice(0, 300).toWellFormed();
  return new AppError(
    "invalid_input",
    `The input_schema is no valid JSON Schema: ${reason}.`,
    { reason },
    cause,
  );
}

/**
 * Patterns of one schema are run by RE2, whose time grows with the text and the pattern alone, and never by JavaScript's own
 * engine. As nobody else is answered meanwhile, they are bounded, and so is what they may take. Throws `too_large`.
 */
function linearPatterns() {
  let instructions = 0;
  const linearPattern = (pattern: string) => {
    const compiledPattern = RE2JS.compile(pattern);
    const size = compiledPattern.programSize();
    instructions += size;
    if (instructions > MAX_INSTRUCTIONS) throw new Error("its patterns are too large together");
    const test = (text: string) => {
      matching += size * text.length;
      if (matching > MAX_MATCHING) throw tooMuchMatching();
      return compiledPattern.matcher(text).find();
    };
    return { test, toString: () => pattern };
  };
  linearPattern.code = "undefined";
  return linearPattern;
}

function tooMuchMatching(): AppError {
  return new AppError(
    "too_large",
    "The values are too long, or too many, for the patterns in the input_schema. Give less, or make the patterns simpler.",
    { limit: MAX_MATCHING },
  );
}

function messageOf({ instancePath, message = "is not valid", params }: ErrorObject): string {
  const place = instancePath.slice(1).split("/").map(decoded).join(".");
  const allowed: unknown = params["allowedValues"] ?? params["allowedValue"];
  const choices = allowed === undefined ? "" : ` (${JSON.stringify(allowed)})`;
  const extra = typeof params["additionalProperty"] === "string" ? ` (${params["additionalProperty"]})` : "";
  return `${place} ${message}${choices}${extra}`.slice(0, 300).toWellFormed();
}

/** A part of a JSON pointer [RFC 6901]. */
function decoded(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}
