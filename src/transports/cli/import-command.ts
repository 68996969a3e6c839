import type { Command } from "commander";
import { z } from "zod";
import type { App } from "../../app.ts";
import type { Caller } from "../../domain/identity.ts";
import { createDraftNames, survey } from "../../exchange/draft-names.ts";
import { type ImportReport, type ImportTarget, importPrompts } from "../../exchange/import-prompts.ts";
import { placeOf, readPrompts } from "../../exchange/prompt-reader.ts";
import { createPrompt } from "../../operations/create-prompt.ts";
import { authorise } from "../../operations/run-operation.ts";
import { inCommands } from "./command-words.ts";
import { authenticateWith, commandCall, resolveCredential } from "./credentials.ts";
import { INTERRUPTED, PARTLY_FAILED } from "./exit-codes.ts";
import { printFailure } from "./failure-output.ts";
import { importTarget } from "./import-target.ts";
import { waitForIndex } from "./index-wait.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { type Io, printJson } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { pendingNotice } from "./result-output.ts";
import { printable } from "./terminal-text.ts";
import { onTermination } from "./termination.ts";

const optionsSchema = z.object({
  folder: z.string().optional(),
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
      "Imports Markdown with front matter, .prompt, plain text, JSON and JSON Lines. A prompt that is not there is " +
        "created, one that says something else gets a new version, the same is left alone: importing twice changes " +
        "nothing. What cannot be taken is reported with its file and line, and the rest goes in.",
    )
    .argument("<path...>", "Files and folders")
    .option("--folder <folder>", "Folder in front of every name, such as team/support")
    .option("--dry-run", "Say what would be done, and do nothing")
    .option("--wait", "Wait until all is found by meaning (the default at a terminal)")
    .option("--no-wait", "Do not wait: `promptforge serve` or `stdio` indexes later")
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge import prompts/ --folder team\n  $ promptforge import library.jsonl --no-wait --json",
    );
  onRun(command, host, runImport);
}

async function runImport(invocation: Invocation): Promise<number> {
  const { io, config } = invocation;
  const options = optionsSchema.parse(invocation.options);
  const paths = z.array(z.string()).parse(invocation.args[0]);
  const credential = await resolveCredential(config);
  const termination = onTermination();
  try {
    return await withApp(config, async (app) => {
      const caller = await authenticateWith(app.services, credential);
      // Told before any file is read, and under --dry-run, too.
      authorise(createPrompt, caller);
      const target = importTarget((operation, input) =>
        app.run(operation, input, commandCall(app.services, credential)),
      );
      const report = await importPaths({ paths, options, io, target, signal: termination.signal });
      return finish(app, caller, report, { invocation, options, signal: termination.signal });
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
  const reading = options.folder === undefined ? {} : { folder: options.folder };
  const { prompts, chosen } = await survey(readPrompts(paths, reading));
  const bar = progressBar(io, "Importing", prompts);
  let done = 0;
  try {
    return await importPrompts({
      items: readPrompts(paths, reading),
      nameOf: createDraftNames(chosen),
      target,
      dryRun: options.dryRun,
      signal,
      onPrompt: () => bar.set(++done),
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
}

/** The summary, at once for a person and after the indexing for a program; then the index, when it is waited for. */
async function finish(app: App, caller: Caller, report: ImportReport, ending: Ending): Promise<number> {
  const { invocation, options, signal } = ending;
  const { io, json } = invocation;
  const { created, updated, unchanged, problems, failure } = report;
  const summary = { created, updated, unchanged, failed: problems.length };
  const pendingNow = () => app.storage.tenant(caller.tenantId).read((store) => store.countPending());
  const stopped = signal.aborted;

  if (!json) io.stdout.write(`${options.dryRun ? "Would be: " : ""}${sentenceOf(summary)}\n`);
  if (stopped)
    io.stderr.write("Stopped before the end: what is in stays, and importing again goes on from here.\n");
  const waits =
    (options.wait ?? io.stderr.isTTY === true) && !options.dryRun && !stopped && failure === undefined;
  if (waits) {
    const failing = await waitForIndex(app, io, signal);
    if (failing > 0) io.stderr.write(`${failing} could not be indexed so far: see \`promptforge doctor\`.\n`);
    if (signal.aborted) io.stderr.write("Stopped indexing: nothing is lost, it goes on the next time.\n");
  }
  const pending = await pendingNow();
  const told = problems.map((problem) => ({ ...problem, message: inCommands(problem.message) }));
  if (json) printJson(io, { ...summary, problems: told, pending });
  else if (pending > 0)
    io.stderr.write(`${pendingNotice(pending)}${waits ? "" : " --wait does it at once."}\n`);
  if (failure !== undefined) return printFailure(io, failure, json);
  if (signal.aborted) return INTERRUPTED;
  return problems.length > 0 ? PARTLY_FAILED : 0;
}

function sentenceOf(summary: Readonly<Record<string, number>>): string {
  return Object.entries(summary)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
