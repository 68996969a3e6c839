import type { Command } from "commander";
import { z } from "zod";
import type { App } from "../../app.ts";
import type { MemberOperation } from "../../operations/define-operation.ts";
import { getAuditLog } from "../../operations/get-audit-log.ts";
import { verifyAuditLog } from "../../operations/verify-audit-log.ts";
import { type Credential, commandCall, resolveCredential } from "./credentials.ts";
import { UNHEALTHY } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { jsonFor, printJson } from "./io.ts";

/** `audit verify` and `audit export`: beside `audit list`, which is an operation's own command. */
export function addAuditCommands(program: Command, host: CommandHost): void {
  const group = program.commands.find((command) => command.name() === "audit") ?? program.command("audit");
  const verify = group
    .command("verify")
    .summary("Find changed or missing records in the audit log")
    .description(
      "Walks the tenant's audit log from its first record on. Prints where it ends, to be noted somewhere else: given later " +
        "as --known-head, a log that was made anew is found as well. Exit code 1 when a record was changed or is missing.",
    )
    .option("--known-head <number:hash>", "A head that was noted before")
    .addHelpText("after", "\nExample:\n  $ promptforge audit verify --json");
  onRun(verify, host, verifyLog);
  const exported = group
    .command("export")
    .summary("Print the whole audit log, newest first, a JSON object a line")
    .description(
      "Prints the tenant's audit log as JSON Lines, newest first, with the hashes that chain its records.",
    )
    .addHelpText("after", "\nExample:\n  $ promptforge audit export > audit.jsonl");
  onRun(exported, host, exportLog);
}

const knownHead = z
  .object({ knownHead: z.string().optional() })
  .transform(({ knownHead: head }) => ({ known_head: head }));

async function verifyLog({ io, config, json, options }: Invocation): Promise<number> {
  const credential = await resolveCredential(config);
  const verdict = await withApp(config, (app) =>
    call(app, credential, verifyAuditLog, knownHead.parse(options)),
  );
  const { intact, records, head, broken } = verdict;
  if (json) printJson(io, verdict);
  else if (broken === null) io.stdout.write(`intact: ${records} records; head ${head ?? "none"}\n`);
  else io.stdout.write(`broken at record ${broken.number}: ${broken.reason}\n`);
  return intact ? 0 : UNHEALTHY;
}

async function exportLog({ io, config }: Invocation): Promise<number> {
  const credential = await resolveCredential(config);
  await withApp(config, async (app) => {
    for (let cursor: string | undefined; ; ) {
      const page = await call(app, credential, getAuditLog, { limit: 500, cursor });
      for (const entry of page.items) io.stdout.write(`${jsonFor(io.stdout, entry)}\n`);
      if (page.next_cursor === null) return;
      cursor = page.next_cursor;
    }
  });
  return 0;
}

async function call<Input extends z.ZodObject, Output extends z.ZodObject>(
  app: App,
  credential: Credential,
  operation: MemberOperation<Input, Output>,
  input: z.input<Input>,
): Promise<z.output<Output>> {
  const output = await app.run(operation, input, commandCall(app.services, credential));
  // Boundary: run has parsed its answer with this operation's own output schema.
  return output as z.output<Output>;
}
