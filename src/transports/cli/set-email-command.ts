import type { Command } from "commander";
import { AppError } from "../../domain/errors.ts";
import { foldedUsername, localCall } from "../../domain/identity.ts";
import { emailSchema } from "../../domain/invitation.ts";
import { type CommandHost, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";

/** `set-email`: for the operator at the machine, who needs no credential and vouches for the address. */
export function addSetEmailCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("set-email")
    .summary("Set the e-mail address of somebody (operator)")
    .description(
      "Makes an address a user's, without a mail to it: whoever has it can set the user's password. People do it by themselves where the server sends mail.",
    )
    .argument("<username>", "Whose address it is")
    .argument("<address>", "The address")
    .addHelpText("after", "\nExample:\n  $ promptforge set-email grace grace@example.com");
  onRun(command, host, async ({ io, json, config, args }) => {
    const username = foldedUsername(String(args[0]));
    const email = emailSchema.safeParse(args[1]).data;
    if (email === undefined) throw new AppError("invalid_input", "An address is written name@example.com.");
    const call = localCall("set_email");
    await withApp(config, ({ services }) => services.emailAddresses.set(username, email, call));
    if (json) printJson(io, { username, email });
    else io.stdout.write(`${username} has the address ${email}.\n`);
    return 0;
  });
}
