import { readdir } from "node:fs/promises";
import type { Command } from "commander";
import type { Config } from "../../config/config.ts";
import { type Check, checkDataFolder, checkDiskSpace, checkNode, checkSecretFile } from "./doctor-checks.ts";
import { finding, libraryChecks } from "./doctor-library-checks.ts";
import { checkPort } from "./doctor-port-check.ts";
import { providerChecks } from "./doctor-provider-checks.ts";
import { UNHEALTHY } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { type Io, printJson } from "./io.ts";
import { printable } from "./terminal-text.ts";

/** `doctor`: what is wrong and what to do. */
export function addDoctorCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("doctor")
    .summary("Check this installation")
    .description(
      "Checks Node, the data folder, disk space, keys, database and its schema, backups, metrics, search index, model, credentials, identity providers and port, and says " +
        "what to do about each fault. Exit code 1 when something is broken.",
    )
    .addHelpText("after", "\nExamples:\n  $ promptforge doctor\n  $ promptforge doctor --json");
  onRun(command, host, doctor, { logLevel: "silent" });
}

async function doctor({ io, config, json }: Invocation): Promise<number> {
  const checks: Check[] = [];
  const add = (check: Check | undefined) => {
    if (check === undefined) return;
    const { name, status, message } = check;
    checks.push({ name, status, message });
    if (!json) printCheck(io, check);
  };
  add(checkNode());
  const folder = await checkDataFolder(config.dataDir);
  add(folder);
  add(await checkDiskSpace(config.dataDir));
  if (config.backup !== undefined) {
    add({ ...(await checkDiskSpace(config.backup.dir)), name: "space for backups" });
  }
  if (folder.exists) {
    add(await checkSecretFile(config.dataDir, "signing keys", "keys.json"));
    add(await checkSecretFile(config.dataDir, "credentials file", "credentials.json"));
  }
  if (folder.exists || (config.database !== undefined && folder.status !== "fail")) {
    await checkLibrary(config, add);
  }
  add(await checkPort(config));

  const count = (status: Check["status"]) => checks.filter((check) => check.status === status).length;
  const failed = count("fail");
  if (json) printJson(io, { ok: failed === 0, failed, warnings: count("warn"), checks });
  else io.stdout.write(`\n${verdictOf(failed, count("warn"))}\n`);
  return failed > 0 ? UNHEALTHY : 0;
}

/** A library that does not open is a finding like any other. */
async function checkLibrary(config: Config, add: (check: Check) => void): Promise<void> {
  // A library in PostgreSQL may be there with nothing in this machine's folder.
  const isMissing = config.database === undefined && (await readdir(config.dataDir)).length === 0;
  if (isMissing) {
    return add({
      name: "library",
      status: "warn",
      message: "The data folder is empty. Found a library with `promptforge init`.",
    });
  }
  const opened = await finding("library", async () => {
    await withApp(config, async (app) => {
      for (const check of [...libraryChecks(app, config), ...providerChecks(app)]) add(await check);
    });
    return { status: "ok", message: "opens" };
  });
  if (opened.status !== "ok") add(opened);
}

const MARKS: Readonly<Record<Check["status"], string>> = { ok: "ok  ", warn: "WARN", fail: "FAIL" };
const NAME_WIDTH = 18;

function printCheck(io: Io, { name, status, message }: Check): void {
  io.stdout.write(`${MARKS[status]}  ${name.padEnd(NAME_WIDTH)}${printable(message)}\n`);
}

function verdictOf(failed: number, warnings: number): string {
  if (failed > 0) return `${failed} broken, ${warnings} to look at.`;
  return warnings > 0 ? `Nothing is broken; ${warnings} to look at.` : "All is well.";
}
