import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { AppError } from "../../domain/errors.ts";
import { formatOf } from "../../exchange/file-format.ts";
import { placeOf } from "../../exchange/prompt-reader.ts";
import { refusalOf } from "../../exchange/system-error.ts";
import { readPromptText } from "../../exchange/text-prompt.ts";
import type { Io } from "./io.ts";

/** 32 MiB: nothing that is larger can be an input; the operation itself sets the narrower limit. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

export interface InputText {
  readonly text: string;
  /** What the front matter of the file says beside the text. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The text of `--file`. Front matter is read as `import` reads it, in files of the kinds that have one; without any, and
 * from everywhere else, the text is taken to the byte. Throws `invalid_input` that names the file, and the line.
 */
export async function readInputFile(file: string, io: Io): Promise<InputText> {
  if (file === "-") return { text: await readStandardInput(io), fields: {} };
  const text = await readText(createReadStream(file), file);
  const format = formatOf(file);
  if (format !== "markdown" && format !== "dotprompt") return { text, fields: {} };
  const read = readPromptText(text);
  if ("message" in read)
    throw new AppError("invalid_input", `${placeOf({ path: file, line: read.line })}: ${read.message}`);
  return read.frontMatter === undefined ? { text, fields: {} } : { text: read.content, fields: read.fields };
}

export function readStandardInput(io: Io): Promise<string> {
  return readText(io.stdin, "Standard input");
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
