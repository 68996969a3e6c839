import { AppError } from "./errors.ts";
import type { InputSchema, PropertySchema } from "./input-schema.ts";
import { isJsonObject, type JsonObject, jsonProblem } from "./json-bounds.ts";

/** 4 MiB of text and 20,000 values: what a rendered prompt can hold, and little to check against a schema. */
const BOUNDS = { bytes: 4 * 1024 * 1024, depth: 24, values: 20_000 };

/** As many names as an error message lists. */
const MAX_LISTED = 20;

/**
 * The values of arguments as their schema wants them: texts turned into what they are to be, defaults filled in. Throws
 * `invalid_input` that names the missing and the unknown arguments, or `too_large`. Whether each value fits its schema is
 * the validator's to say.
 */
export function readValues(schema: InputSchema, given: JsonObject): Record<string, unknown> {
  checkBounds(given);
  const values: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const value = Object.hasOwn(given, name) ? coerced(property, given[name]) : undefined;
    if (value !== undefined) values[name] = value;
    else if (Object.hasOwn(property, "default")) values[name] = property["default"];
  }
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(values, name));
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(schema.properties, name));
  if (missing.length + unknown.length > 0) {
    throw argumentProblem(missing, unknown, Object.keys(schema.properties));
  }
  return values;
}

function checkBounds(given: JsonObject): void {
  const problem = jsonProblem(given, BOUNDS);
  if (problem === undefined) return;
  throw new AppError("too_large", `All values of the arguments together: this ${problem}. Give less.`, {
    ...BOUNDS,
  });
}

const INTEGER = /^[+-]?\d{1,300}$/;
const NUMBER = /^[+-]?(?:\d{1,300}\.?\d{0,300}|\.\d{1,300})(?:[eE][+-]?\d{1,3})?$/;

/**
 * A value as its schema wants it, where a text says it plainly: forms, flags and arguments of MCP prompts are texts. An
 * empty text is no value where it is none of the choices, or for anything but text. What does not convert stays, for the validator to name.
 */
function coerced(schema: PropertySchema, value: unknown): unknown {
  const types = typesOf(schema);
  const choices = schema["enum"];
  if (value === "" && Array.isArray(choices) && !choices.includes("")) return undefined;
  if (typeof value === "number" || typeof value === "boolean") {
    return types.length === 1 && types[0] === "string" ? String(value) : value;
  }
  if (typeof value !== "string" || types.includes("string")) return value;
  const text = value.trim();
  if (types.length === 0) return openValue(schema, value);
  if (text === "") return undefined;
  for (const type of types) {
    const converted = converters[type]?.(text, schema);
    if (converted !== undefined) return converted;
  }
  return value;
}

const converters: Readonly<Record<string, (text: string, schema: PropertySchema) => unknown>> = {
  integer: (text) => (INTEGER.test(text) ? Number(text) : undefined),
  number: (text) => (NUMBER.test(text) ? Number(text) : undefined),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  null: (text) => (text === "null" ? null : undefined),
  object: (text) => {
    const parsed = parsedJson(text);
    return isJsonObject(parsed) ? parsed : undefined;
  },
  /** JSON, or texts between commas. */
  array(text, { items }) {
    if (text.startsWith("[")) {
      const parsed = parsedJson(text);
      return Array.isArray(parsed) ? parsed : undefined;
    }
    const ofItems = isJsonObject(items) ? items : {};
    return text.split(",").map((item) => coerced(ofItems, item.trim()) ?? item);
  },
};

/** Where a schema names no type: one of its choices, or what is JSON beyond doubt. A number may as well be a text. */
function openValue({ enum: choices }: PropertySchema, text: string): unknown {
  if (Array.isArray(choices)) return choices.find((choice) => String(choice) === text) ?? text;
  if (!/^\s*(?:[[{]|(?:true|false|null)\s*$)/.test(text)) return text;
  const parsed = parsedJson(text);
  return parsed === undefined ? text : parsed;
}

function parsedJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return jsonProblem(parsed, BOUNDS) === undefined ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function typesOf({ type }: PropertySchema): readonly string[] {
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.map(String) : [];
}

function argumentProblem(missing: string[], unknown: string[], wanted: string[]): AppError {
  const parts = [
    ...(missing.length > 0 ? [`Missing argument${missing.length > 1 ? "s" : ""}: ${listed(missing)}.`] : []),
    ...(unknown.length > 0
      ? [`Not ${unknown.length > 1 ? "arguments" : "an argument"} of this prompt: ${listed(unknown)}.`]
      : []),
    wanted.length > 0 ? `It takes: ${listed(wanted)}.` : "It takes no arguments.",
  ];
  return new AppError("invalid_input", parts.join(" "), {
    missing: missing.slice(0, MAX_LISTED),
    unknown: unknown.slice(0, MAX_LISTED).map(shortened),
    arguments: wanted,
  });
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return names.slice(0, MAX_LISTED).map(shortened).join(", ") + more;
}

function shortened(name: string): string {
  return name.slice(0, 64).toWellFormed();
}
