import { extname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { shellWord } from "./terminal-text.ts";

/** How an MCP client starts this library over stdio. */
export interface McpLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Settings that every process on a library has to share, or it would work on another library, or each would build the search
 * index anew for itself.
 */
const SHARED_SETTING =
  /^(?:DATABASE(?:_OWNER)?_URL|PROMPTFORGE_KEYS_SECRET|PROMPTFORGE_EMBEDDER(?:_MODEL|_DIMENSIONS|_BASE_URL|_API_KEY|_QUERY_PREFIX|_PASSAGE_PREFIX)?|PROMPTFORGE_QDRANT_[A-Z_]+|QDRANT_URL|QDRANT_API_KEY)(?:_FILE)?$/;

/** By absolute paths: clients start programs with a short PATH and from a folder of their own. */
export function mcpLaunch(
  dataDir: string,
  token: string,
  environment: Readonly<Record<string, string | undefined>>,
): McpLaunch {
  const bin = new URL(`../../bin/promptforge${extname(import.meta.url)}`, import.meta.url);
  return {
    command: process.execPath,
    args: [fileURLToPath(bin), "stdio"],
    env: { PROMPTFORGE_DATA_DIR: dataDir, PROMPTFORGE_TOKEN: token, ...sharedSettings(environment) },
  };
}

function sharedSettings(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      SHARED_SETTING.test(name) && value !== undefined && value !== "" ? [[name, value]] : [],
    ),
  );
}

/** The file that Claude Desktop, Cursor and most other clients read. */
export function mcpConfig(launch: McpLaunch) {
  return { mcpServers: { promptforge: launch } };
}

/** The same as one line for Claude Code. */
export function claudeCodeCommand({ command, args, env }: McpLaunch): string {
  const settings = Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  return ["claude", "mcp", "add", "promptforge", ...settings, "--", command, ...args]
    .map(shellWord)
    .join(" ");
}
