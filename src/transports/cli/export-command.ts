import { type Command, Option } from "commander";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { FORMAT_NAMES } from "../../exchange/formats/format.ts";
import { WRITERS } from "../../exchange/formats/registry.ts";
import { joinLosses, type LossReport } from "../../exchange/losses.ts";
import { exportPrompts } from "../../operations/export-prompts.ts";
import { type ExportSink, fileSink, folderSink, outputSink } from "./export-sinks.ts";
import { type CommandHost, type Invocation, onRun } from "./invocation.ts";
import { printJson } from "./io.ts";
import { printable } from "./terminal-text.ts";
import { onTermination } from "./termination.ts";
import { libraryOf, patient } from "./used-library.ts";

const optionsSchema = z.object({
  format: z.enum(FORMAT_NAMES).default("jsonl"),
  to: z.string().optional(),
  prefix: z.string().optional(),
  tag: z.string().optional(),
  label: z.string().optional(),
  versions: z.enum(["latest", "all"]).default("latest"),
  overwrite: z.boolean().default(false),
});
type ExportOptions = z.infer<typeof optionsSchema>;

/** `export`: prompts to a folder, a file or standard output. */
export function addExportCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("export")
    .summary(exportPrompts.title)
    .description(
      "Writes prompts as files that other programs read: JSON Lines to standard output, unless a format and a place are given. " +
        "A file that is there with another content is not touched. What the format has no place for is told.",
    )
    .argument("[name]", "Only this prompt")
    .addOption(new Option("--format <format>", "Which files to write (default: jsonl)").choices(FORMAT_NAMES))
    .option(
      "--to <path>",
      "Folder, or file for jsonl, prompts-chat and langfuse; standard output when left out",
    )
    .option("--prefix <start>", "Only names that begin so, such as support/")
    .option("--tag <tag>", "Only prompts with this tag")
    .option("--label <label>", "Only prompts with this label, at the version that it points to")
    .addOption(
      new Option("--versions <which>", "latest or all (jsonl and langfuse)").choices(["latest", "all"]),
    )
    .option("--overwrite", "Replace files that are there")
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge export --versions all > library.jsonl\n  $ promptforge export --format skill --to ~/.claude/skills --tag skill",
    );
  onRun(command, host, runExport, { onServer: true });
}

async function runExport(invocation: Invocation): Promise<number> {
  const { io, json, config } = invocation;
  const options = optionsSchema.parse(invocation.options);
  const [name] = invocation.args;
  const use = await libraryOf(config);
  const termination = onTermination();
  const sink = sinkFor(invocation, options);
  const summary = { versions: 0, losses: [] as LossReport[] };
  try {
    await use(async (library) => {
      const { call } = patient(library, termination.signal);
      const { to: _, overwrite: __, ...query } = options;
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = exportPrompts.output.parse(await call(exportPrompts, { ...query, name, cursor }));
        for (const file of page.files) await sink.write(file);
        summary.versions += page.versions;
        summary.losses = joinLosses(summary.losses, page.losses);
        cursor = page.next_cursor;
      }
    });
  } finally {
    termination.release();
    await sink.close();
  }
  const { versions, losses } = summary;
  if (json && options.to !== undefined)
    printJson(io, { to: options.to, files: sink.files(), versions, losses });
  else {
    for (const { message, count, names } of losses) {
      const more = count > names.length ? ", …" : "";
      io.stderr.write(`${printable(`${message} (${count}: ${names.join(", ")}${more})`)}\n`);
    }
    if (options.to !== undefined)
      io.stderr.write(`${printable(`${versions} prompts and versions in ${options.to}`)}\n`);
  }
  return 0;
}

function sinkFor({ io }: Invocation, { format, to, overwrite }: ExportOptions): ExportSink {
  const { layout } = WRITERS[format];
  if (layout === "folder") {
    if (to !== undefined) return folderSink(to, overwrite);
    throw new AppError(
      "invalid_input",
      `The format ${format} writes a file for each prompt: say where with --to FOLDER.`,
    );
  }
  return to === undefined ? outputSink(io.stdout) : fileSink(to, overwrite);
}
