import { type Command, Option } from "commander";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { ON_EXISTING } from "../../domain/exchanged.ts";
import { assemble } from "../../exchange/assemble.ts";
import { createDraftNames, survey } from "../../exchange/draft-names.ts";
import { FORMAT_NAMES } from "../../exchange/formats/format.ts";
import { type ImportReport, type ImportTarget, importPrompts } from "../../exchange/import-prompts.ts";
import { placeOf, readPrompts } from "../../exchange/prompt-reader.ts";
import { importPrompts as importOperation } from "../../operations/import-prompts.ts";
import { inCommands } from "./command-words.ts";
import { INTERRUPTED, PARTLY_FAILED } from "./exit-codes.ts";
import { printFailure } from "./failure-output.ts";
import { importTarget } from "./import-target.ts";
import { waitForIndex } from "./index-wait.ts";
import { type CommandHost, type Invocation, onRun } from "./invocation.ts";
import { type Io, printJson } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { pendingNotice } from "./result-output.ts";
import { printable } from "./terminal-text.ts";
import { onTermination } from "./termination.ts";
import { libraryOf, patient, requireAllowed } from "./used-library.ts";

const optionsSchema = z.object({
  folder: z.string().optional(),
  format: z.enum(FORMAT_NAMES).optional(),
  onExisting: z.enum(ON_EXISTING).default("update"),
  wait: z.boolean().optional(),
  dryRun: z.boolean().default(false),
});
type ImportOptions = z.infer<typeof optionsSchema>;

/** `import`: files and folders into the library. */
export function addImportCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("import")
    .summary("Import prompts from files and folders")
    .description(
      "Imports Markdown with front matter, dotprompt, SKILL.md, Claude Code commands, prompts.chat's CSV, Langfuse's JSON, " +
        "JSON, JSON Lines and plain text. A prompt that is not there is created, one that says something else gets a new " +
        "version, the same is left alone: importing twice changes nothing. What cannot be taken is reported with its file " +
        "and line, and the rest goes in.",
    )
    .argument("<path...>", "Files and folders")
    .option("--folder <folder>", "Folder in front of every name, such as team/support")
    .addOption(
      new Option("--format <format>", "What the files are; else their names and contents tell").choices(
        FORMAT_NAMES,
      ),
    )
    .addOption(
      new Option("--on-existing <what>", "What to do with a name in use (default: update)").choices(
        ON_EXISTING,
      ),
    )
    .option("--dry-run", "Say what would be done, and do nothing")
    .option("--wait", "Wait until all is found by meaning (the default at a terminal)")
    .option("--no-wait", "Do not wait: `promptforge serve` or `stdio` indexes later")
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge import prompts/ --folder team\n  $ promptforge import library.jsonl --no-wait --json",
    );
  onRun(command, host, runImport, { onServer: true });
}

async function runImport(invocation: Invocation): Promise<number> {
  const { io, config } = invocation;
  const options = optionsSchema.parse(invocation.options);
  const paths = z.array(z.string()).parse(invocation.args[0]);
  const use = await libraryOf(config);
  const termination = onTermination();
  const { signal } = termination;
  try {
    return await use(async (library) => {
      // Told before any file is read, and under --dry-run, too.
      const { tenantId } = await requireAllowed(library, [importOperation]);
      const { app } = library;
      if (app === undefined && options.wait === true) throw serverIndexes();
      const target = importTarget(patient(library, signal).call, options);
      const report = await importPaths({ paths, options, io, target, signal });
      const index = app && {
        wait: () => waitForIndex(app, io, signal),
        pending: () => app.storage.tenant(tenantId).read((store) => store.countPending()),
      };
      return finish(report, { invocation, options, signal, index });
    });
  } finally {
    termination.release();
  }
}

async function importPaths(deps: {
  readonly paths: readonly string[];
  readonly options: ImportOptions;
  readonly io: Io;
  readonly target: ImportTarget;
  readonly signal: AbortSignal;
}): Promise<ImportReport> {
  const { paths, options, io, target, signal } = deps;
  const { folder, format } = options;
  const reading = { folder, format };
  const { prompts, chosen } = await survey(readPrompts(paths, reading));
  const bar = progressBar(io, "Importing", prompts);
  let done = 0;
  try {
    return await importPrompts({
      items: assemble(readPrompts(paths, reading), createDraftNames(chosen)),
      target,
      signal,
      onPrompts: (count) => {
        done += count;
        bar.set(done);
      },
      onProblem: (problem) => bar.line(printable(`${placeOf(problem)}: ${inCommands(problem.message)}`)),
    });
  } finally {
    bar.stop();
  }
}

interface Ending {
  readonly invocation: Invocation;
  readonly options: ImportOptions;
  readonly signal: AbortSignal;
  /** Of this machine's library. A server's is its own. */
  readonly index:
    | { readonly wait: () => Promise<number>; readonly pending: () => Promise<number> }
    | undefined;
}

/** The summary, at once for a person and after the indexing for a program; then the index, when it is waited for. */
async function finish(report: ImportReport, ending: Ending): Promise<number> {
  const { invocation, options, signal, index } = ending;
  const { io, json } = invocation;
  const { created, updated, unchanged, skipped, problems, notes, notTaken, failure } = report;
  const summary = { created, updated, unchanged, skipped, failed: problems.length };
  const stopped = signal.aborted;

  if (!json) io.stdout.write(`${options.dryRun ? "Would be: " : ""}${sentenceOf(summary)}\n`);
  if (stopped)
    io.stderr.write("Stopped before the end: what is in stays, and importing again goes on from here.\n");
  const waits =
    (options.wait ?? io.stderr.isTTY === true) && !options.dryRun && !stopped && failure === undefined;
  if (waits && index !== undefined) {
    const failing = await index.wait();
    if (failing > 0) io.stderr.write(`${failing} could not be indexed so far: see \`promptforge doctor\`.\n`);
    if (signal.aborted) io.stderr.write("Stopped indexing: nothing is lost, it goes on the next time.\n");
  }
  const pending = await index?.pending();
  const told = problems.map((problem) => ({ ...problem, message: inCommands(problem.message) }));
  if (json)
    printJson(io, { ...summary, problems: told, notes, not_taken: notTaken, pending: pending ?? null });
  else {
    tellRemarks(io, report);
    if (pending !== undefined && pending > 0)
      io.stderr.write(`${pendingNotice(pending)}${waits ? "" : " --wait does it at once."}\n`);
  }
  if (failure !== undefined) return printFailure(io, failure, json);
  if (signal.aborted) return INTERRUPTED;
  return problems.length > 0 ? PARTLY_FAILED : 0;
}

function serverIndexes(): AppError {
  return new AppError("invalid_input", "A server looks after its index by itself: leave --wait out.");
}

/** What was done in another way than the files say, and what they say that has no place here. */
function tellRemarks(io: Io, { notes, notTaken }: ImportReport): void {
  for (const note of notes)
    io.stderr.write(`${printable(`${placeOf(note)}: ${inCommands(note.message)}`)}\n`);
  const keys = Object.entries(notTaken).map(([key, count]) => `${key} (${count})`);
  if (keys.length > 0) io.stderr.write(`${printable(`Not taken from the files: ${keys.join(", ")}.`)}\n`);
}

/** Nothing is skipped unless that was asked for. */
function sentenceOf(summary: Readonly<Record<string, number>>): string {
  return Object.entries(summary)
    .filter(([name, count]) => name !== "skipped" || count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
