import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { AppError } from "../../domain/errors.ts";
import { refusalOf } from "../../exchange/system-error.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { fromText } from "../text-input.ts";
import type { Invocation } from "./invocation.ts";
import type { Field } from "./operation-fields.ts";

/** 32 MiB: nothing that is larger can be an input; the operation itself sets the narrower limit. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

/** An operation's input from positionals, flags, a file and standard input. */
export async function readInput(
  operation: Operation,
  fields: readonly Field[],
  { args, options, io }: Invocation,
): Promise<Record<string, unknown>> {
  const positionals = operation.cli?.positionals ?? [];
  const values: Record<string, string | string[]> = {};
  const pairs: Record<string, Record<string, string>> = {};
  for (const field of fields) {
    const at = positionals.indexOf(field.name);
    const value = at === -1 ? options[camelCase(field.name)] : args[at];
    if (typeof value === "string") values[field.name] = value;
    else if (value === true) values[field.name] = "true";
    else if (isTexts(value)) {
      if (field.kind === "pairs") pairs[field.name] = pairsOf(value, field);
      else values[field.name] = value;
    }
  }
  const fileField = fields.find(({ name }) => name === operation.cli?.file);
  if (fileField !== undefined) {
    const isAlone = Object.keys(values).every((name) => positionals.includes(name));
    const text = await readFileField(fileField, {
      given: values[fileField.name],
      isAlone,
      file: options["file"],
      io,
    });
    if (text !== undefined) values[fileField.name] = text;
  }
  return { ...fromText(operation.input, values), ...pairs };
}

interface FileFieldSource {
  readonly given: string | string[] | undefined;
  /** Whether no flag says anything else about the input. */
  readonly isAlone: boolean;
  readonly file: unknown;
  readonly io: Invocation["io"];
}

async function readFileField(
  field: Field,
  { given, isAlone, file, io }: FileFieldSource,
): Promise<string | undefined> {
  if (typeof file === "string") {
    if (given !== undefined)
      throw new AppError("invalid_input", `Give either --${field.name} or --file, not both.`);
    return file === "-" ? readText(io.stdin, "Standard input") : readText(createReadStream(file), file);
  }
  // What was piped in is the text when there must be one, or when the command would have nothing else to do. Otherwise
  // `update` inside a shell's read loop would take the rest of the loop's list for the prompt.
  const reads = given === undefined && io.stdin.isTTY !== true && (field.required || isAlone);
  const text = reads ? await readText(io.stdin, "Standard input") : undefined;
  if (text !== undefined && text !== "") return text;
  if (field.required && given === undefined) {
    throw new AppError(
      "invalid_input",
      `The ${field.name} is missing: give --${field.name}, or --file with a path or - for standard input.`,
    );
  }
  return undefined;
}

async function readText(stream: Readable, name: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.from(part);
      length += bytes.length;
      if (length > MAX_READ_BYTES) {
        throw new AppError("too_large", `${name} holds more than ${MAX_READ_BYTES} bytes (32 MiB).`);
      }
      parts.push(bytes);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("invalid_input", `${name}: ${refusalOf(error)}.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new AppError("invalid_input", `${name} is not UTF-8 text. Save it as UTF-8.`);
  }
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
