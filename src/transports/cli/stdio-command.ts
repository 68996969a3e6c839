import { once } from "node:events";
import type { Command } from "commander";
import { authenticateWith, resolveCredential } from "./credentials.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { aborted, onTermination } from "./termination.ts";

/** `stdio`: MCP over standard input and output. Standard output carries JSON-RPC and nothing else. */
export function addStdioCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("stdio")
    .summary("Serve MCP over standard input and output")
    .description(
      "What an MCP client starts: JSON-RPC on standard input and output, logs on standard error. Ends when standard " +
        "input closes. The credential is PROMPTFORGE_TOKEN, --token, or the key that `init` left in the data folder.",
    )
    .addHelpText("after", "\nExample:\n  $ claude mcp add promptforge -- promptforge stdio");
  onRun(command, host, stdio, { logLevel: "info" });
}

async function stdio({ io, config }: Invocation): Promise<number> {
  const credential = await resolveCredential(config);
  const termination = onTermination();
  try {
    await withApp(config, async (app) => {
      // A refused credential is told here, with where it came from.
      await authenticateWith(app.services, credential);
      // A pipe closes; a file, or nothing at all, only ends.
      const ended = once(io.stdin, "end");
      const { startStdio } = await import("../mcp/stdio.ts");
      const session = await startStdio(app, credential.token);
      await Promise.race([session.closed, ended, aborted(termination.signal)]);
      await session.close();
    });
  } finally {
    termination.release();
  }
  return 0;
}
