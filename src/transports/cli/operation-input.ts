import { AppError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { fromText } from "../text-input.ts";
import { type InputText, readInputFile, readStandardInput } from "./input-file.ts";
import type { Invocation } from "./invocation.ts";
import { type Field, flagName } from "./operation-fields.ts";

/** An operation's input from positionals, flags, a file and standard input. A flag goes before what the file says. */
export async function readInput(
  operation: Operation,
  fields: readonly Field[],
  { args, options, io }: Invocation,
): Promise<Record<string, unknown>> {
  const positionals = operation.cli?.positionals ?? [];
  const values: Record<string, string | string[]> = {};
  /** What is no text: it is not the flags' to convert. */
  const whole: Record<string, unknown> = {};
  for (const field of fields) {
    const at = positionals.indexOf(field.name);
    const value = at === -1 ? options[camelCase(field.name)] : args[at];
    if (typeof value === "string" && field.kind === "json") whole[field.name] = jsonOf(value, field);
    else if (typeof value === "string") values[field.name] = value;
    else if (typeof value === "boolean") values[field.name] = String(value);
    else if (isTexts(value)) {
      if (field.kind === "pairs") whole[field.name] = pairsOf(value, field);
      else values[field.name] = value;
    }
  }
  let ofFile: Readonly<Record<string, unknown>> = {};
  const fileField = fields.find(({ name }) => name === operation.cli?.file);
  if (fileField !== undefined) {
    const isAlone = [...Object.keys(values), ...Object.keys(whole)].every((name) =>
      positionals.includes(name),
    );
    const read = await readFileField(fileField, {
      given: values[fileField.name],
      isWanted: isAlone || isWanted(operation, fileField, whole),
      file: options["file"],
      io,
    });
    if (read !== undefined) values[fileField.name] = read.text;
    // What a file says of itself is for what is kept; a comparison, say, is with its text alone.
    if (read !== undefined && !operation.effects.readOnly) ofFile = known(read.fields, fields);
  }
  return { ...ofFile, ...fromText(operation.input, values), ...whole };
}

/** Whether a call is nothing without the field. */
function isWanted(
  { cli, eitherOf }: Operation,
  field: Field,
  given: Readonly<Record<string, unknown>>,
): boolean {
  const other = eitherOf?.find((name) => name !== field.name);
  return field.required || (cli?.reads === true && (other === undefined || given[other] === undefined));
}

function jsonOf(text: string, field: Field): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("invalid_input", `${flagName(field)} takes JSON, such as '{"temperature": 0.2}'.`);
  }
}

function known(given: Readonly<Record<string, unknown>>, fields: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => fields.some((field) => field.name === name)),
  );
}

interface FileFieldSource {
  readonly given: string | string[] | undefined;
  /** Whether the call needs it, or no flag says anything else about the input. */
  readonly isWanted: boolean;
  readonly file: unknown;
  readonly io: Invocation["io"];
}

async function readFileField(
  field: Field,
  { given, isWanted: isAsked, file, io }: FileFieldSource,
): Promise<InputText | undefined> {
  if (typeof file === "string") {
    if (given !== undefined)
      throw new AppError("invalid_input", `Give either --${field.name} or --file, not both.`);
    return readInputFile(file, io);
  }
  // What was piped in is the text when there must be one, or when the command would have nothing else to do. Otherwise
  // `update` inside a shell's read loop would take the rest of the loop's list for the prompt.
  const reads = given === undefined && io.stdin.isTTY !== true && isAsked;
  const text = reads ? await readStandardInput(io) : "";
  if (text !== "") return { text, fields: {} };
  if (field.required && given === undefined) {
    throw new AppError(
      "invalid_input",
      `The ${field.name} is missing: give --${field.name}, or --file with a path or - for standard input.`,
    );
  }
  return undefined;
}

function pairsOf(texts: readonly string[], field: Field): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new AppError(
        "invalid_input",
        `--${field.name} takes name=value, such as --${field.name} customer=Ada.`,
      );
    }),
  );
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
