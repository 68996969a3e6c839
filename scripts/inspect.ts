/**
 * Runs the MCP Inspector's command line against PromptForge, over HTTP and over stdio: the list of tools in its strict mode, which reports
 * schemas that some client cannot read, and one call of each kind. Ends with 0 only when all pass.
 *
 *   npm run inspect
 *
 * The Inspector is fetched by npx: with its window and what that needs it has 110 MB.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { openServedLibrary, PROGRAM } from "../test/support/sessions.ts";

const INSPECTOR = "@modelcontextprotocol/inspector@2.12.0";

const served = await openServedLibrary();
await served.member.call("create_prompt", { name: "tea", content: "Brew {{what}} tea." });

const targets: Record<string, readonly string[]> = {
  HTTP: [`${served.url}/mcp`, "--transport", "http", "--header", `Authorization: Bearer ${served.key}`],
  stdio: [
    ...[process.execPath, PROGRAM, "stdio"],
    ...["-e", `PROMPTFORGE_DATA_DIR=${served.dataDir}`, "-e", `PROMPTFORGE_TOKEN=${served.key}`],
    ...["-e", "PROMPTFORGE_LOG_LEVEL=warn"],
  ],
};
const methods: readonly (readonly string[])[] = [
  ["tools/list", "--strict"],
  ["tools/call", "--tool-name", "get_prompt", "--tool-arg", "name=tea"],
  ["prompts/list"],
  ["prompts/get", "--prompt-name", "tea", "--prompt-args", "what=green"],
  ["resources/list"],
  ["resources/read", "--uri", "prompt://tea"],
];

for (const [transport, target] of Object.entries(targets)) {
  for (const [method = "", ...options] of methods) {
    const args = ["--yes", "--package", INSPECTOR, "mcp-inspector", "--cli", ...target];
    const { passed, told } = await run("npx", [...args, "--method", method, ...options]);
    console.log(`${passed ? "pass" : "FAIL"}  ${transport}  ${[method, ...options].join(" ")}`);
    if (told !== "") console.log(told);
    if (!passed) process.exitCode = 1;
  }
}
await served.close();

async function run(command: string, args: readonly string[]) {
  // The answers themselves are the tests' affair.
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const told = (await text(child.stderr)).trim();
  return { passed: (await ended) === 0, told };
}
