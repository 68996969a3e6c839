import type { Command } from "commander";
import { waitForIndex } from "./index-wait.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { onTermination } from "./termination.ts";

/** `reindex`: embeds every prompt of every tenant anew. */
export function addReindexCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("reindex")
    .summary("Build the search index anew")
    .description(
      "Puts every prompt of every tenant on the index's list and works until it is done. What is in the index stays in " +
        "use until it is replaced. Ctrl-C is safe: a later run, or the server, goes on from there.",
    )
    .addHelpText("after", "\nExample:\n  $ promptforge reindex");
  onRun(command, host, reindex);
}

async function reindex({ io, config, json }: Invocation): Promise<number> {
  const termination = onTermination();
  try {
    await withApp(config, async (app) => {
      await app.generations.rebuild();
      await waitForIndex(app, io, termination.signal);
      const counts = await app.storage.outbox.counts();
      if (json) printJson(io, counts);
      else io.stderr.write(summaryOf(counts.first + counts.rest, counts.buried));
    });
  } finally {
    termination.release();
  }
  return 0;
}

function summaryOf(left: number, buried: number): string {
  if (left === 0) return "Every prompt is indexed.\n";
  if (left === buried) return `${buried} prompts cannot be indexed; \`promptforge doctor\` says why.\n`;
  return `${left} prompts are left: \`promptforge reconcile\`, or the server, goes on with them.\n`;
}
