import { type Command, Option } from "commander";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { FORMAT_NAMES } from "../../exchange/formats/format.ts";
import { placeOf } from "../../exchange/prompt-reader.ts";
import { readSyncFolder, type SyncFolder } from "../../exchange/sync-folder.ts";
import { SYNC_FILE, SYNCED_FORMATS, type SyncMemory } from "../../exchange/sync-memory.ts";
import { planSync } from "../../exchange/sync-plan.ts";
import { archivePrompt } from "../../operations/archive-prompt.ts";
import { exportPrompts } from "../../operations/export-prompts.ts";
import { importPrompts } from "../../operations/import-prompts.ts";
import { inCommands } from "./command-words.ts";
import { EXIT_CODES, INTERRUPTED, PARTLY_FAILED } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun } from "./invocation.ts";
import { printJson } from "./io.ts";
import { pendingNotice } from "./result-output.ts";
import { applySync, type SyncResult, untaken } from "./sync-apply.ts";
import { loadMemory } from "./sync-files.ts";
import { syncLibrary } from "./sync-library.ts";
import { printable } from "./terminal-text.ts";
import { onTermination } from "./termination.ts";
import { libraryOf, patient, requireAllowed, type UsedLibrary } from "./used-library.ts";

const optionsSchema = z.object({
  format: z.enum(FORMAT_NAMES).optional(),
  prefix: z.string().trim().toLowerCase().optional(),
  dryRun: z.boolean().default(false),
});
type SyncOptions = z.infer<typeof optionsSchema>;

/** `sync`: a folder and the library follow each other. */
export function addSyncCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("sync")
    .summary("Let a folder of prompts and the library follow each other")
    .description(
      "What was added, changed or deleted in the folder goes into the library, and the other way round. What has changed on both " +
        "sides since the last time is named and left, with exit code 6. A prompt whose file is gone is archived, never deleted. " +
        `The folder remembers in ${SYNC_FILE} how far both are in step.`,
    )
    .argument("<folder>", "A folder with a file for each prompt, such as a git repository")
    .addOption(
      new Option(
        "--format <format>",
        "What the files are, from the first time on (default: markdown)",
      ).choices(SYNCED_FORMATS),
    )
    .option("--prefix <start>", "Only names that begin so, such as support/, from the first time on")
    .option("--dry-run", "Say what would be done, and do nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge sync prompts/ --dry-run\n  $ promptforge sync prompts/ --format dotprompt --prefix support/",
    );
  onRun(command, host, runSync, { onServer: true });
}

async function runSync(invocation: Invocation): Promise<number> {
  const { config } = invocation;
  const options = optionsSchema.parse(invocation.options);
  const root = z.string().parse(invocation.args[0]);
  const use = await libraryOf(config);
  const termination = onTermination();
  try {
    return await use(async (library) => {
      // Told before any file is read, and under --dry-run, too.
      const { tenantId } = await requireAllowed(library, [importPrompts, exportPrompts, archivePrompt]);
      const { signal } = termination;
      const used = patient(library, signal);
      return await syncFolder({ used, tenantId, root, options, invocation, signal });
    });
  } finally {
    termination.release();
  }
}

interface Syncing {
  readonly used: UsedLibrary;
  readonly tenantId: string;
  readonly root: string;
  readonly options: SyncOptions;
  readonly invocation: Invocation;
  readonly signal: AbortSignal;
}

async function syncFolder(syncing: Syncing): Promise<number> {
  const { used, tenantId, root, options, invocation, signal } = syncing;
  const memory = memoryFor(await loadMemory(root), tenantId, options);
  const { format, prefix } = memory;
  const folder = await readSyncFolder(root, format, prefix);
  const library = syncLibrary(used.call, { format, prefix });
  const prompts = await library.read();
  const steps = planSync({
    files: folder.files,
    library: prompts,
    archived: await library.archived(),
    remembered: memory.prompts,
    unread: folder.problems.map(({ path }) => path),
  });
  const work = { root, memory, prompts, library, files: folder.files, call: used.call };
  const results = options.dryRun ? steps.map(untaken) : await applySync(work, steps, signal);
  const pending = await used.app?.storage.tenant(tenantId).read((store) => store.countPending());
  tell(invocation, {
    folder: root,
    format,
    dry_run: options.dryRun,
    steps: results,
    problems: folder.problems,
    pending: pending ?? null,
  });
  if (signal.aborted) {
    invocation.io.stderr.write(
      "Stopped before the end: what is done stays, and the next sync goes on from here.\n",
    );
    return INTERRUPTED;
  }
  if (results.some(({ outcome }) => outcome === "left" || outcome === "failed")) return EXIT_CODES.conflict;
  return folder.problems.length > 0 ? PARTLY_FAILED : 0;
}

/** What the folder remembers of this library; throws `invalid_input` where it is of another one, or was synced in another way. */
function memoryFor(
  known: SyncMemory | undefined,
  tenant: string,
  { format, prefix }: SyncOptions,
): SyncMemory {
  if (known === undefined) {
    return { tenant, format: format ?? "markdown", prefix: prefix ?? "", prompts: new Map() };
  }
  const others = [
    known.tenant !== tenant && "with another library",
    format !== undefined && format !== known.format && `as ${known.format}`,
    prefix !== undefined && prefix !== known.prefix && `with the prefix '${known.prefix}'`,
  ].filter((words) => words !== false);
  if (others.length === 0) return known;
  throw new AppError(
    "invalid_input",
    `The folder was synced ${others.join(", ")} so far. Sync it so, or delete its ${SYNC_FILE}: then both sides are compared anew.`,
  );
}

interface SyncDocument {
  readonly folder: string;
  readonly format: string;
  readonly dry_run: boolean;
  readonly steps: readonly SyncResult[];
  readonly problems: SyncFolder["problems"];
  /** `null`: a server's own affair. */
  readonly pending: number | null;
}

function tell({ io, json }: Invocation, document: SyncDocument): void {
  const steps = document.steps.map((step) => ({
    ...step,
    message: step.message === null ? null : inCommands(step.message),
  }));
  if (json) {
    printJson(io, { ...document, steps });
    return;
  }
  for (const { change, name, path, outcome, message } of steps) {
    const said = message === null ? "" : `: ${outcome === "failed" ? "failed: " : ""}${message}`;
    io.stdout.write(`${printable(`${change.replace("_", " ").padEnd(13)}  ${name}  (${path})${said}`)}\n`);
  }
  if (steps.length === 0) io.stdout.write("The folder and the library are in step.\n");
  for (const { path, line, message } of document.problems)
    io.stderr.write(`${printable(`${placeOf({ path, line: line ?? undefined })}: ${message}`)}\n`);
  if (document.pending !== null && document.pending > 0)
    io.stderr.write(`${pendingNotice(document.pending)}\n`);
}
