import type { Command } from "commander";
import { PARTLY_FAILED } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { onTermination } from "./termination.ts";

/** `reconcile`: makes the search index equal to the database and says how they differed. */
export function addReconcileCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("reconcile")
    .summary("Compare the search index with the library and repair it")
    .description(
      "Finishes what is on the index's list, compares index and library prompt by prompt, repairs what differs, and " +
        "compares again. Prints what differs still: missing (not, or not wholly, in the index), stale (at another version), " +
        "orphaned (archived or gone). Exit code 2 when that is not zero. Can be interrupted and run again at any time.",
    )
    .addHelpText("after", "\nExamples:\n  $ promptforge reconcile\n  $ promptforge reconcile --json");
  onRun(command, host, reconcile);
}

async function reconcile({ io, config, json }: Invocation): Promise<number> {
  const termination = onTermination();
  try {
    return await withApp(config, async (app) => {
      const bar = progressBar(io, "Comparing", 100, "percent");
      const { found, left } = await app.reconciler
        .reconcile({
          signal: termination.signal,
          onTenant: (done, total) => bar.set(total === 0 ? 100 : (100 * done) / total),
        })
        .finally(() => bar.stop());
      const repaired = {
        missing: found.missing - left.missing,
        stale: found.stale - left.stale,
        orphaned: found.orphaned - left.orphaned,
      };
      if (json) printJson(io, { ...left, repaired });
      else io.stdout.write(`${lineOf("repaired", repaired)}\n${lineOf("left", left)}\n`);
      return left.missing + left.stale + left.orphaned === 0 ? 0 : PARTLY_FAILED;
    });
  } finally {
    termination.release();
  }
}

function lineOf(
  what: string,
  { missing, stale, orphaned }: Readonly<Record<"missing" | "stale" | "orphaned", number>>,
): string {
  return `${what}: ${missing} missing, ${stale} stale, ${orphaned} orphaned`;
}
