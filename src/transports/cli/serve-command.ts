import type { Command } from "commander";
import type { App } from "../../app.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { aborted, endWithin, onTermination } from "./termination.ts";

/** Whoever stops it waits ten seconds before they kill it. */
const ENDS_WITHIN_MS = 9_500;

/** `serve`: REST and MCP over HTTP until SIGINT or SIGTERM. */
export function addServeCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("serve")
    .summary("Serve REST and MCP over HTTP")
    .description(
      "Serves REST, its documentation at /docs and MCP at /mcp, and brings the search index up to date, until " +
        "Ctrl-C or SIGTERM. Settings come from the environment (.env.example lists them); flags go first.",
    )
    .option("--port <number>", "Port; 0 takes any free one (or PROMPTFORGE_PORT; 8080)")
    .option("--host <address>", "Address to listen on (or PROMPTFORGE_HOST; 127.0.0.1, this machine only)")
    .addHelpText("after", "\nExamples:\n  $ promptforge serve\n  $ promptforge serve --port 9000 --json");
  onRun(command, host, serve, {
    logLevel: "info",
    settings: { port: "PROMPTFORGE_PORT", host: "PROMPTFORGE_HOST" },
  });
}

async function serve({ io, config, json }: Invocation): Promise<number> {
  const termination = onTermination();
  try {
    await withApp(config, async (app) => {
      const { startServer } = await import("../http/server.ts");
      const server = await startServer(app);
      try {
        if (json) printJson(io, addressesOf(server.url, app));
        io.stderr.write(await bannerOf(server.url, app));
        await aborted(termination.signal);
        io.stderr.write("Stopping: requests under way may finish.\n");
        endWithin(ENDS_WITHIN_MS);
      } finally {
        await server.close();
      }
    });
  } finally {
    termination.release();
  }
  return 0;
}

function addressesOf(url: string, { config }: App) {
  return { url, docs: `${url}/docs`, mcp: `${url}/mcp`, data_dir: config.dataDir };
}

async function bannerOf(url: string, app: App): Promise<string> {
  const tenants = await app.storage.directory.read((store) => store.countTenants());
  const { docs, mcp, data_dir } = addressesOf(url, app);
  const lines = [
    "",
    `  PromptForge listens on ${url}`,
    "",
    `  REST and its documentation   ${docs}`,
    `  MCP (Streamable HTTP)        ${mcp}`,
    `  Data folder                  ${data_dir}`,
    "",
    ...(tenants > 0 ? [] : firstSteps(url, app)),
    "  Ctrl-C ends it.",
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function firstSteps(url: string, { config }: App): string[] {
  return [
    "  Nobody is here yet. Run `promptforge init` in another terminal: it founds your library and prints a key to it.",
    "  (In a clone that is `npm run -s promptforge -- init`.)",
    ...(config.registrationOpen
      ? [
          "  Who registers over the network founds another tenant, which does not see that one:",
          `    curl -X POST ${url}/v1/auth/register -H 'Content-Type: application/json' \\`,
          `      -d '{"username":"ada","password":"…"}'`,
        ]
      : []),
    "",
  ];
}
