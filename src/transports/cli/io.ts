import type { Readable, Writable } from "node:stream";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "./system-code.ts";
import { printableJson } from "./terminal-text.ts";

/** What a command reads and writes, so that nothing reaches for the process by itself. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean };
}

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** The terminal's width in columns; `undefined` for a pipe or a file, and for a terminal that does not know its own. */
export function widthOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true && columns !== 0 ? columns : undefined;
}

/**
 * Listens for output that fails. `promptforge list | head` closes the pipe early: that ends the output, not the
 * program. Any other fault is given when asked for: `promptforge get x > file` on a full disk must not look well.
 */
export function watchOutput({ stdout, stderr }: Io): () => Promise<string | undefined> {
  let fault: string | undefined;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error) => {
      const code = codeOf(error) ?? error.message;
      if (code !== "EPIPE") fault ??= code;
    });
  }
  return async () => {
    // A failed write is told at the next turn of the event loop.
    await nextTurn();
    return fault;
  };
}

/** How long the end of a program waits for somebody to read what it said on standard error. */
const LINGER_MS = 1_000;

/**
 * Waits until standard output has been taken, and standard error, for a second at most. False: nobody reads that, and what
 * waits there would keep the process alive for as long as its other end stays open.
 */
export async function outputTaken({ stdout, stderr }: Pick<Io, "stdout" | "stderr">): Promise<boolean> {
  await written(stdout);
  return Promise.race([written(stderr).then(() => true), sleep(LINGER_MS, false, { ref: false })]);
}

function written(output: Output): Promise<void> {
  if (output.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => output.write("", () => resolve()));
}

export function printJson(io: Io, document: unknown): void {
  io.stdout.write(`${jsonFor(io.stdout, document, 2)}\n`);
}

/** A document as JSON: on a terminal without what would drive it, and equal once it is parsed. */
export function jsonFor(output: Output, document: unknown, indent?: number): string {
  const json = JSON.stringify(document, null, indent);
  return output.isTTY === true ? printableJson(json) : json;
}
