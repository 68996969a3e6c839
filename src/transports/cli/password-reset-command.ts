import type { Command } from "commander";
import { foldedUsername, localCall } from "../../domain/identity.ts";
import { type CommandHost, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";

/** `password-reset`: for the operator at the machine, who needs no credential. */
export function addPasswordResetCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("password-reset")
    .summary("Make a link by which somebody sets a new password (operator)")
    .description(
      "Prints a link by which a user sets another password, once, within an hour. Hand it only to them. An earlier link of theirs ends.",
    )
    .argument("<username>", "Whose password it is")
    .addHelpText("after", "\nExample:\n  $ promptforge password-reset grace");
  onRun(command, host, async ({ io, json, config, args }) => {
    const username = foldedUsername(String(args[0]));
    const call = localCall("issue_password_reset");
    const link = await withApp(config, ({ services }) => services.passwords.issueReset(username, call));
    if (json) printJson(io, { username, link });
    else io.stdout.write(`${link}\n`);
    return 0;
  });
}
