import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Flaw } from "./prompt-draft.ts";

/** 32 MiB: the largest file that is read whole. JSON Lines are streamed and may be larger. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;

const NEWLINE = 0x0a;

/** UTF-8 without a byte-order mark; `undefined` when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const NOT_UTF8 = "This is not UTF-8 text. Save the file as UTF-8.";

/** The text of a whole file. Throws what the file system throws. */
export async function readText(path: string): Promise<{ readonly text: string } | Flaw> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > MAX_FILE_BYTES) {
    return {
      line: undefined,
      message: `The file has ${size} bytes; at most ${MAX_FILE_BYTES} (32 MiB) are read. Split it, or use JSON Lines.`,
    };
  }
  const bytes = await file.readFile();
  const text = decodeUtf8(bytes);
  if (text === undefined) return { line: firstUndecodableLine(bytes), message: NOT_UTF8 };
  return text === "" ? { line: undefined, message: "The file is empty." } : { text };
}

/** A newline's byte is never part of another character, so lines can be decoded one by one. */
function firstUndecodableLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline === -1 ? bytes.length : newline;
    if (decodeUtf8(bytes.subarray(start, end)) === undefined) return line;
    start = end + 1;
  }
  return 1;
}

export interface ByteLine {
  /** From 1. */
  readonly number: number;
  /** Without the newline; `undefined` when the line is longer than the limit. */
  readonly bytes: Uint8Array | undefined;
  /** Bytes of the line with its newline. */
  readonly length: number;
}

/**
 * The lines of a file, one at a time: holds one line of at most `maxBytes` in memory. Only LF ends a line
 * (Node's readline also splits at U+2028, which JSON strings may hold). Throws what the file system throws.
 */
export async function* readLines(path: string, maxBytes: number): AsyncGenerator<ByteLine> {
  let number = 1;
  let length = 0;
  let parts: Uint8Array[] = [];
  const append = (part: Uint8Array) => {
    length += part.length;
    if (length > maxBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (newline: 0 | 1): ByteLine => {
    const bytes = length > maxBytes ? undefined : Buffer.concat(parts);
    const line = { number, bytes, length: length + newline };
    number += 1;
    length = 0;
    parts = [];
    return line;
  };
  const chunks: AsyncIterable<Buffer> = createReadStream(path);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      append(chunk.subarray(start, end));
      yield take(1);
      start = end + 1;
    }
    append(chunk.subarray(start));
  }
  if (length > 0) yield take(0);
}
