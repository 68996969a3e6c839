import { Command } from "commander";
import { VERSION } from "../version.ts";
import { addAuditCommands } from "./audit-commands.ts";
import { addBackupCommands } from "./backup-commands.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addEvalSearchCommand } from "./eval-search-command.ts";
import { exitCodesHelp } from "./exit-codes.ts";
import { addExportCommand } from "./export-command.ts";
import { addExportTenantCommand } from "./export-tenant-command.ts";
import { addImportCommand } from "./import-command.ts";
import { addInitCommand } from "./init-command.ts";
import { addGlobalOptions, type CommandHost } from "./invocation.ts";
import { addKeysCommand } from "./keys-command.ts";
import { addLoginCommands } from "./login-commands.ts";
import { addMigrateCommand } from "./migrate-command.ts";
import { addMigrateToCommand } from "./migrate-to-command.ts";
import { addOperationCommands } from "./operation-commands.ts";
import { addPasswordResetCommand } from "./password-reset-command.ts";
import { addPromoteCommand } from "./promote-command.ts";
import { addQuotaCommands } from "./quota-commands.ts";
import { addReconcileCommand } from "./reconcile-command.ts";
import { addReindexCommand } from "./reindex-command.ts";
import { addServeCommand } from "./serve-command.ts";
import { addSetEmailCommand } from "./set-email-command.ts";
import { addStdioCommand } from "./stdio-command.ts";
import { addSyncCommand } from "./sync-command.ts";

/** The whole command line. */
export function createProgram(host: CommandHost): Command {
  const { stdout, stderr } = host.io;
  const program = new Command("promptforge");
  program
    .description("A prompt library that speaks MCP: store, version, search by meaning and share prompts.")
    .version(VERSION, "-V, --version", "Print the version")
    .helpOption("-h, --help", "Show help")
    .helpCommand("help [command]", "Show help for a command")
    // Flags of the program stand before the command's name, so that a command may have a --version of its own.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => host.json || stderr.write(text),
      // Errors are printed in one place, as text or as JSON.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns || 100,
      getErrHelpWidth: () => stderr.columns || 100,
    });
  addGlobalOptions(program);
  addInitCommand(program, host);
  addServeCommand(program, host);
  addStdioCommand(program, host);
  addLoginCommands(program, host);
  addImportCommand(program, host);
  addExportCommand(program, host);
  addSyncCommand(program, host);
  addMigrateCommand(program, host);
  addMigrateToCommand(program, host);
  addOperationCommands(program, host);
  addAuditCommands(program, host);
  addQuotaCommands(program, host);
  addPromoteCommand(program, host);
  addExportTenantCommand(program, host);
  addPasswordResetCommand(program, host);
  addSetEmailCommand(program, host);
  addReindexCommand(program, host);
  addReconcileCommand(program, host);
  addEvalSearchCommand(program, host);
  addBackupCommands(program, host);
  addKeysCommand(program, host);
  addDoctorCommand(program, host);
  return program.addHelpText("after", `\n${EXAMPLES}\n\n${exitCodesHelp()}`);
}

const EXAMPLES = `Examples:
  $ promptforge init                                      found a library, print an mcp.json
  $ promptforge import prompts/                           bring prompts in
  $ promptforge search 'calm down an angry customer'      find one by what it is about
  $ promptforge get support/triage > triage.md            read it
  $ promptforge update support/triage --file triage.md    store a new version
  $ promptforge serve                                     REST, /docs and MCP over HTTP
  $ promptforge help COMMAND                              examples of a command`;
