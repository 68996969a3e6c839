import { CommanderError } from "commander";
import { AppError } from "../../domain/errors.ts";
import { INTERRUPTED, Interrupted } from "./exit-codes.ts";
import { printFailure } from "./failure-output.ts";
import { type Io, watchOutput } from "./io.ts";
import { createProgram } from "./program.ts";

/**
 * Runs one command line, without the program's name; resolves with its exit code and never rejects. Results go to
 * standard output, everything else to standard error.
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const outputFault = watchOutput(io);
  const json = argv.includes("--json");
  const exitCode = await run(argv, io, json);
  const fault = await outputFault();
  if (fault === undefined || exitCode !== 0) return exitCode;
  return printFailure(io, new AppError("unavailable", `The output could not be written (${fault}).`), json);
}

async function run(argv: readonly string[], io: Io, json: boolean): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  try {
    await createProgram({ io, finish, json }).parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof Interrupted) return INTERRUPTED;
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return printFailure(io, error instanceof CommanderError ? usageError(error) : error, json);
  }
}

function usageError({ code, message }: CommanderError): AppError {
  return new AppError(
    "invalid_input",
    `${SENTENCES[code] ?? message.replace(/^error: /, "")}${HINTS[code] ?? ""}`,
  );
}

const SENTENCES: Readonly<Record<string, string>> = {
  // Commander has shown the help by then; its message says nothing more.
  "commander.help": "A command is missing.",
};

const HINTS: Readonly<Record<string, string>> = {
  "commander.excessArguments": " Put quotes around words that belong together.",
  "commander.unknownCommand": "\nSee `promptforge --help`.",
};
