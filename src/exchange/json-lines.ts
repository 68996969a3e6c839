import { decodeUtf8, NOT_UTF8, readLines } from "./file-text.ts";
import { readJsonLine } from "./json-prompts.ts";
import type { Found } from "./prompt-draft.ts";

/** 4 MiB: more than the largest content takes with every character escaped. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** The prompts of a JSON Lines file, one object a line. Holds one line in memory, however large the file is. `advance` hears the bytes of each line. */
export async function* readJsonLines(path: string, advance: (bytes: number) => void): AsyncGenerator<Found> {
  let isEmpty = true;
  for await (const { number: line, bytes, length } of readLines(path, MAX_LINE_BYTES)) {
    advance(length);
    const text = bytes === undefined ? undefined : decodeUtf8(bytes);
    if (text?.trim() === "") continue;
    isEmpty = false;
    if (text !== undefined) yield readJsonLine(text, line);
    else if (bytes !== undefined) yield { line, message: NOT_UTF8 };
    else yield { line, message: `The line is longer than ${MAX_LINE_BYTES} bytes (4 MiB).` };
  }
  if (isEmpty) yield { line: undefined, message: "The file is empty." };
}
