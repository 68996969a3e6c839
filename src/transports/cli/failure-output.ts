import { type AppError, toAppError } from "../../domain/errors.ts";
import { inCommands } from "./command-words.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { type Io, jsonFor } from "./io.ts";
import { printable } from "./terminal-text.ts";

/** Says on standard error what went wrong, for a person or as one JSON document; gives the exit code. */
export function printFailure(io: Io, thrown: unknown, json: boolean): number {
  const error = toAppError(thrown);
  io.stderr.write(
    json
      ? `${jsonFor(io.stderr, errorDocument(error))}\n`
      : `Error: ${printable(inCommands(error.message))}\n`,
  );
  if (error !== thrown && !json) printUnexpected(io, thrown);
  return EXIT_CODES[error.code];
}

function errorDocument({ code, message, details }: AppError) {
  return { error: { code, message: inCommands(message), ...(details && { details }) } };
}

/** A fault of ours: whoever hunts for it asks for the stack. */
function printUnexpected(io: Io, thrown: unknown): void {
  const isAsked = ["debug", "trace"].includes(io.env["PROMPTFORGE_LOG_LEVEL"] ?? "");
  const stack = thrown instanceof Error ? thrown.stack : String(thrown);
  io.stderr.write(isAsked ? `${stack}\n` : "PROMPTFORGE_LOG_LEVEL=debug shows where it came from.\n");
}
