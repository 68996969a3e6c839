import type { Command } from "commander";
import { z } from "zod";
import type { App } from "../../app.ts";
import { localCall } from "../../domain/identity.ts";
import { INTERRUPTED, PARTLY_FAILED } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { type Io, printJson, widthOf } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { tableOf } from "./result-table.ts";
import { printable } from "./terminal-text.ts";
import { onTermination } from "./termination.ts";

type Report = Awaited<ReturnType<App["services"]["movingIn"]["moveIn"]>>;

const optionsSchema = z.object({ database: z.string().min(1), dryRun: z.boolean().default(false) });

/** `migrate-from-promptforge`: users, prompts and versions of the original, for the operator at the machine. */
export function addMigrateCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("migrate-from-promptforge")
    .summary("Move the original PromptForge's library in")
    .description(
      "Reads the SQLite database of the original PromptForge (Python), which is left as it is: users, who sign in with the " +
        "password that they have, tenants, prompts, and versions with their numbers and dates. Each tenant goes in whole or not " +
        "at all; running it again adds what has come since. What cannot be taken is named, and the rest goes in.",
    )
    .requiredOption("--database <file>", "The original's database: a path, or sqlite:///path")
    .option("--dry-run", "Say what would be done, and do nothing")
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge migrate-from-promptforge --database sqlite:///promptforge.db --dry-run\n" +
        "  $ promptforge migrate-from-promptforge --database promptforge.db --json",
    );
  onRun(command, host, migrate);
}

async function migrate({ io, config, json, options }: Invocation): Promise<number> {
  const { database, dryRun } = optionsSchema.parse(options);
  const termination = onTermination();
  try {
    const report = await withApp(config, (app) =>
      move(app, io, { database, dryRun, signal: termination.signal }),
    );
    const stopped = termination.signal.aborted;
    if (json) printJson(io, { dry_run: dryRun, ...documentOf(report) });
    else print(io, report, dryRun);
    if (stopped) io.stderr.write("Stopped: the tenants above are in. Run it again to go on.\n");
    if (stopped) return INTERRUPTED;
    return report.problems.length > 0 ? PARTLY_FAILED : 0;
  } finally {
    termination.release();
  }
}

async function move(
  app: App,
  io: Io,
  {
    database,
    dryRun,
    signal,
  }: { readonly database: string; readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<Report> {
  const original = app.openOriginal(database);
  const bar = progressBar(io, "Moving in", original.count());
  let done = 0;
  try {
    return await app.services.movingIn.moveIn({
      original,
      dryRun,
      signal,
      call: localCall("migrate_from_promptforge"),
      onRow: () => bar.set(++done),
      onProblem: ({ table, id, reason }) => bar.line(printable(`${table} ${id}: ${reason}`)),
    });
  } finally {
    bar.stop();
    original.close();
  }
}

function documentOf({ tenants, notices, problems }: Report) {
  return {
    tenants: tenants.map(({ tenantId, ...rest }) => ({ tenant_id: tenantId, ...rest })),
    notices: notices.map((notice) => ({ ...notice, message: sentenceOf(notice) })),
    problems,
  };
}

function print(io: Io, report: Report, dryRun: boolean): void {
  const { tenants, notices } = report;
  for (const notice of notices) io.stderr.write(`${printable(sentenceOf(notice))}\n`);
  if (tenants.length === 0) io.stderr.write("Nobody is in this database.\n");
  else io.stdout.write(`${tableOf(documentOf(report).tenants, widthOf(io.stdout))}\n`);
  if (dryRun) io.stderr.write("Nothing was done: that is what would be.\n");
}

function sentenceOf(notice: Report["notices"][number]): string {
  switch (notice.kind) {
    case "renamed":
      return `${notice.from} signs in as ${notice.to}: the name is taken here, or cannot be one.`;
    case "no_password":
      return `${notice.username} has no password that can be read, and needs a new one.`;
    case "role":
      return `${notice.username} is ${notice.to}: there is no role ${notice.from} here.`;
    case "made_admin":
      return `${notice.username} is admin now: the tenant had none.`;
  }
}
