import type { Command } from "commander";
import { z } from "zod";
import { localCall } from "../../domain/identity.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { printable } from "./terminal-text.ts";

/** `tenant promote`: for the operator at the machine, who needs no credential. */
export function addPromoteCommand(program: Command, host: CommandHost): void {
  const group = program.commands.find((command) => command.name() === "tenant") ?? program.command("tenant");
  onRun(
    group
      .command("promote")
      .summary("Give one tenant a shard of its own in Qdrant (operator)")
      .description(
        "Moves what a tenant has in Qdrant from the shard that it shares to one of its own, while it is read and written. Needs " +
          "PROMPTFORGE_QDRANT_TENANCY=tiered. Interrupted, it goes on when it is called again.",
      )
      .argument("<tenant>", "Id of the tenant, or its name")
      .addHelpText("after", "\nExample:\n  $ promptforge tenant promote 'Support team'"),
    host,
    promote,
  );
}

async function promote({ io, json, config, args }: Invocation): Promise<number> {
  const ref = z.string().parse(args[0]);
  const { tenant, shard, from, replicas } = await withApp(config, ({ services }) =>
    services.placement.promote(ref, localCall("promote_tenant")),
  );
  if (json) printJson(io, { id: tenant.id, name: tenant.name, shard, from, replicas });
  else
    io.stderr.write(
      `${printable(tenant.name)} has left ${from} for a shard of its own, on ${replicas} node${replicas === 1 ? "" : "s"}.\n`,
    );
  return 0;
}
