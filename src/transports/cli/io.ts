import type { Readable, Writable } from "node:stream";

/** What a command reads and writes, so that nothing reaches for the process by itself. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean };
}

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** `promptforge list | head` closes the pipe early: that ends the output, not the program. */
export function tolerateClosedPipe(io: Io): void {
  for (const stream of [io.stdout, io.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

export function printJson(io: Io, document: unknown): void {
  io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
