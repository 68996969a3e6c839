import { open } from "node:fs/promises";
import type { Command } from "commander";
import { AppError } from "../../domain/errors.ts";
import { exportTenant } from "../../operations/export-tenant.ts";
import { commandCall, resolveCredential } from "./credentials.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { codeOf } from "./system-code.ts";

/** `export-tenant`: all that the tenant has, as JSON lines in a new file. */
export function addExportTenantCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("export-tenant")
    .summary("Write all that the tenant has to a file")
    .description(
      "Writes tenant, members, open invitations, keys without their secrets, prompts with all versions, and the audit to a new file, one " +
        "JSON record a line (mode 0600). The last has the kind `end`.",
    )
    .argument("<file>", "File to make; one that is there is not touched")
    .addHelpText("after", "\nExample:\n  $ promptforge export-tenant tenant.jsonl");
  onRun(command, host, write);
}

async function write({ io, json, config, args }: Invocation): Promise<number> {
  const path = String(args[0]);
  const credential = await resolveCredential(config);
  const records = await withApp(config, async (app) => {
    const page = async (cursor?: string) =>
      exportTenant.output.parse(
        await app.run(exportTenant, { cursor }, commandCall(app.services, credential)),
      );
    // First, so that nothing is made for who may not.
    let { items, next_cursor } = await page();
    await using file = await open(path, "wx", 0o600).catch((error: unknown) => {
      throw new AppError("invalid_input", `${path} cannot be made (${codeOf(error) ?? "unknown error"}).`);
    });
    for (let count = 0; ; ) {
      await file.writeFile(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
      count += items.length;
      if (next_cursor === null) return count;
      ({ items, next_cursor } = await page(next_cursor));
    }
  });
  if (json) printJson(io, { file: path, records });
  else io.stdout.write(`${records} records in ${path}\n`);
  return 0;
}
