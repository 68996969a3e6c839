import type { Command } from "commander";
import { z } from "zod";
import { INTERRUPTED } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun } from "./invocation.ts";
import { printJson, widthOf } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { tableOf } from "./result-table.ts";
import { onTermination } from "./termination.ts";

const optionsSchema = z.object({
  database: z.string().min(1).optional(),
  ownerDatabase: z.string().min(1).optional(),
  dryRun: z.boolean().default(false),
  unseal: z.boolean().default(false),
});

/** `migrate-to`: from the data folder to PostgreSQL and back, for the operator at the machine. */
export function addMigrateToCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("migrate-to")
    .summary("Move the library to PostgreSQL, or back to a folder")
    .description(
      "Copies everything (tenants, people, keys, prompts with versions and labels, reviews, audit, histories) and the signing keys to " +
        "another place, while servers go on; then holds changes back for a moment, brings what has changed meanwhile, and seals the " +
        "library here, so that nothing that was acknowledged is lost: servers that still run here refuse changes (503) until they are " +
        "started with the settings of the new place. All rows of both are compared in the end. An interrupted move goes on where it was.",
    )
    .option("--database <place>", "postgres://user:password@host/database, or sqlite: and an empty folder")
    .option("--owner-database <url>", "The same database as the role that owns its tables")
    .option("--dry-run", "Say how much there is and whether the place is there and free, and move nothing")
    .option("--unseal", "Take the library here back into use after it was moved away")
    .addHelpText(
      "after",
      "\nPROMPTFORGE_KEYS_SECRET has to be set for PostgreSQL. Examples:\n" +
        "  $ promptforge migrate-to --database postgres://promptforge:secret@localhost/promptforge --dry-run\n" +
        "  $ promptforge migrate-to --database sqlite:/var/lib/promptforge-back",
    );
  onRun(command, host, migrateTo);
}

async function migrateTo({ io, config, json, options }: Invocation): Promise<number> {
  const { database, ownerDatabase: ownerUrl, dryRun, unseal } = optionsSchema.parse(options);
  const {
    placeOf,
    placeNamed,
    sizeOfMove,
    tryPlace,
    moveTo,
    unseal: takeBack,
  } = await import("../../app/library-move.ts");
  const from = placeOf(config);
  if (unseal) {
    await takeBack(from);
    io.stderr.write("The library takes changes here again.\n");
    return 0;
  }
  const to = placeNamed(database ?? "", { ownerUrl, keysSecret: config.keysSecret });
  const rows = await sizeOfMove(from);
  const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
  if (dryRun) {
    await tryPlace(from, to);
    const tables = [...rows].map(([table, count]) => ({ table, rows: count }));
    if (json) printJson(io, { dry_run: true, rows: total, tables });
    else io.stdout.write(`${tableOf(tables, widthOf(io.stdout))}\n`);
    io.stderr.write(`Nothing was moved: ${total} rows would be.\n`);
    return 0;
  }
  const termination = onTermination();
  const bar = progressBar(io, "Moving", total);
  let done = 0;
  try {
    const report = await moveTo({
      from,
      to,
      signal: termination.signal,
      onProgress: (step, count) => {
        if (step !== "rows") return;
        done += count;
        bar.set(done);
      },
    });
    if (json) {
      const { heldMs: held_ms, ...rest } = report;
      printJson(io, { dry_run: false, rows: total, ...rest, held_ms });
    } else {
      io.stdout.write(
        `Moved ${report.tables.reduce((sum, { rows: count }) => sum + count, 0)} rows, all compared; changes were held back for ${Math.round(report.heldMs)} ms.\n`,
      );
    }
    io.stderr.write(
      "Start the server with the settings of the new place. Here the library takes no changes any more.\n",
    );
    return 0;
  } catch (thrown) {
    if (!termination.signal.aborted) throw thrown;
    io.stderr.write("Stopped. The library is in use here as before; run the command again to go on.\n");
    return INTERRUPTED;
  } finally {
    bar.stop();
    termination.release();
  }
}
