import type { Readable, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
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

export function printJson(io: Io, document: unknown): void {
  io.stdout.write(`${jsonFor(io.stdout, document, 2)}\n`);
}

/** A document as JSON: on a terminal without what would drive it, and equal once it is parsed. */
export function jsonFor(output: Output, document: unknown, indent?: number): string {
  const json = JSON.stringify(document, null, indent);
  return output.isTTY === true ? printableJson(json) : json;
}
