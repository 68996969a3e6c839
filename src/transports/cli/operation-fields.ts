import { z } from "zod";
import type { Operation } from "../../operations/define-operation.ts";

export type FieldKind = "text" | "number" | "switch" | "list" | "pairs" | "json";

/** What the command line has to know of an input field; whether its value is right, the operation says. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly required: boolean;
  /** The schema's words, with choices and default. */
  readonly help: string;
}

type Property = z.core.JSONSchema.BaseSchema;

const KINDS: Readonly<Record<string, FieldKind>> = {
  integer: "number",
  number: "number",
  boolean: "switch",
  array: "list",
  object: "pairs",
};

const HINTS: Readonly<Partial<Record<FieldKind, string>>> = {
  list: "comma-separated, or the flag repeated",
  pairs: "repeat the flag for each",
  json: "as JSON",
};

/** The fields of an operation's input, in the order of the schema. */
export function fieldsOf({ input, cli }: Pick<Operation, "input" | "cli">): Field[] {
  const schema = z.toJSONSchema(input, { io: "input" });
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const described: Property = typeof property === "object" ? property : {};
    const kind = cli?.json?.includes(name) ? "json" : (KINDS[String(described.type)] ?? "text");
    return { name, kind, required: required.has(name), help: helpOf(described, kind) };
  });
}

function helpOf({ description = "", enum: choices, default: fallback }: Property, kind: FieldKind): string {
  const notes = [
    choices && `one of ${choices.join(", ")}`,
    HINTS[kind],
    ["string", "number"].includes(typeof fallback) && `default ${fallback}`,
  ].filter((note) => typeof note === "string");
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

/** `--change-note` for `change_note`. */
export function flagName({ name }: Pick<Field, "name">): string {
  return `--${name.replaceAll("_", "-")}`;
}

/** A field's flag as commander writes it: `change_note` is `--change-note <text>`. */
export function flagOf(field: Field): string {
  const { kind } = field;
  const flag = flagName(field);
  if (kind === "switch") return flag;
  return `${flag} <${{ text: "text", number: "number", list: "list", pairs: "name=value", json: "json" }[kind]}>`;
}
