import { join } from "node:path";
import { Client, type ClientOptions, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import {
  type ClientOptions as ClientOptionsV1,
  Client as ClientV1,
} from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { startServer } from "../../src/transports/http/server.ts";
import { type Answer, librarySettings, openLibrary } from "./library.ts";

/** The program, run from its sources. */
export const PROGRAM = join(import.meta.dirname, "../../src/bin/promptforge.ts");

/** What the two generations of the official client have in common. */
export type AnyClient = Pick<
  Client,
  "callTool" | "getPrompt" | "readResource" | "listTools" | "listPrompts" | "listResources" | "close"
>;

export interface Connection {
  readonly url: string;
  readonly dataDir: string;
  readonly key: string;
}

/** Both eras over both transports: the v2 client pinned to 2026-07-28, the v1 client speaking 2025-11-25. */
export const CLIENTS = {
  "stdio, 2026-07-28": async ({ dataDir, key }: Connection, client = modern()): Promise<AnyClient> => {
    await client.connect(new StdioClientTransport(await stdio(dataDir, key)));
    return client;
  },
  "stdio, 2025-11-25": async ({ dataDir, key }: Connection, client = legacy()): Promise<AnyClient> => {
    await client.connect(new StdioClientTransportV1(await stdio(dataDir, key)));
    return client as unknown as AnyClient;
  },
  "HTTP, 2026-07-28": async ({ url, key }: Connection, client = modern()): Promise<AnyClient> => {
    const requestInit = { headers: { Authorization: `Bearer ${key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    return client;
  },
  "HTTP, 2025-11-25": async ({ url, key }: Connection, client = legacy()): Promise<AnyClient> => {
    const requestInit = { headers: { Authorization: `Bearer ${key}` } };
    // The v1 SDK's own Transport type does not hold under exactOptionalPropertyTypes.
    const transport = new StreamableHTTPClientTransportV1(new URL(`${url}/mcp`), { requestInit });
    await client.connect(transport as Parameters<ClientV1["connect"]>[0]);
    return client as unknown as AnyClient;
  },
};

export function modern(capabilities: ClientOptions["capabilities"] = {}): Client {
  return new Client(
    { name: "test", version: "1" },
    { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
}

export function legacy(capabilities: ClientOptionsV1["capabilities"] = {}): ClientV1 {
  return new ClientV1({ name: "test", version: "1" }, { capabilities });
}

async function stdio(dataDir: string, key: string) {
  return {
    command: process.execPath,
    args: [PROGRAM, "stdio"],
    env: {
      PATH: process.env["PATH"] ?? "",
      PROMPTFORGE_DATA_DIR: dataDir,
      PROMPTFORGE_TOKEN: key,
      PROMPTFORGE_LOG_LEVEL: "warn",
      PROMPTFORGE_EMBEDDER_WORKERS: "1",
      ...(await librarySettings(dataDir)),
    },
    stderr: "inherit" as const,
  };
}

/** A library with one admin, served over HTTP on a free port. */
export async function openServedLibrary(environment: Record<string, string> = {}) {
  const library = await openLibrary({ environment });
  const server = await startServer(library.app);
  const member = await library.found("ada");
  return {
    ...library,
    url: server.url,
    member,
    key: await member.key(),
    async close() {
      await server.close();
      await library.close();
    },
  };
}

/** A tool's structured answer; throws its text when it is an error. */
export async function callTool(
  client: AnyClient,
  name: string,
  input: Record<string, unknown>,
): Promise<Answer> {
  const result = await client.callTool({ name, arguments: input });
  if (result.isError) throw new Error(JSON.stringify(result.content));
  return result.structuredContent;
}
