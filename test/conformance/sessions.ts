import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { NodeStreamableHTTPServerTransport } from "@modelcontextprotocol/node";
import { isInitializeRequest, isJSONRPCRequest, type Server } from "@modelcontextprotocol/server";
import { clientRequestTools } from "./fixtures/client-request-tools.ts";

/** Requests of 2025-11-25 that mean something only between two requests of one client. */
const SESSION_METHODS = new Set(["logging/setLevel", "resources/subscribe", "resources/unsubscribe"]);

/** Tools that ask the client something, or log at the level that it has set: both happen in a session. */
const SESSION_TOOLS = new Set(["test_tool_with_logging", ...clientRequestTools.map(({ tool }) => tool.name)]);

const SESSION_HEADER = "mcp-session-id";

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Sessions of 2025-11-25, for the scenarios that cannot do without: sampling, elicitation, logging and subscribing.
 * PromptForge serves that revision without sessions. A client that can be asked something is given one here; inside
 * it, everything that does not need it (lists, reads, other tools, ping, completion) still goes to the real server.
 * So does `dns-rebinding-protection`, whose client can be asked nothing: there is no Origin or Host guard here.
 */
export function createSessions(build: () => Server) {
  const open = new Map<string, NodeStreamableHTTPServerTransport>();

  async function start(): Promise<NodeStreamableHTTPServerTransport> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void open.set(id, transport),
      onsessionclosed: (id) => void open.delete(id),
    });
    const server = build();
    server.registerCapabilities({ logging: {} });
    // A scenario subscribes and unsubscribes; it waits for no update.
    server.setRequestHandler("resources/subscribe", () => ({}));
    server.setRequestHandler("resources/unsubscribe", () => ({}));
    await server.connect(transport);
    return transport;
  }

  return {
    /** Whether a request is for a session: one that is to be opened, or one that it names. */
    wants(req: IncomingMessage, message: unknown): boolean {
      const id = sessionOf(req);
      if (id === undefined) return isInitializeRequest(message) && canBeAsked(message.params.capabilities);
      return req.method !== "POST" || !open.has(id) || needsSession(message);
    },

    async handle(req: IncomingMessage, res: ServerResponse, message: unknown): Promise<void> {
      const id = sessionOf(req);
      const transport = id === undefined ? await start() : open.get(id);
      if (transport === undefined) {
        res.writeHead(404).end();
        return;
      }
      await transport.handleRequest(req, res, message);
    },

    async close(): Promise<void> {
      await Promise.all([...open.values()].map((transport) => transport.close()));
    },
  };
}

function sessionOf(req: IncomingMessage): string | undefined {
  return req.headers[SESSION_HEADER]?.toString();
}

function canBeAsked(capabilities: { readonly sampling?: unknown; readonly elicitation?: unknown }): boolean {
  return capabilities.sampling !== undefined || capabilities.elicitation !== undefined;
}

function needsSession(message: unknown): boolean {
  // Answers and notifications belong to the stream on which the server asked.
  if (!isJSONRPCRequest(message)) return true;
  if (message.method === "tools/call") return SESSION_TOOLS.has(String(message.params?.["name"]));
  return SESSION_METHODS.has(message.method);
}
