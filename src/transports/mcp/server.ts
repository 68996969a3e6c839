import { CLIENT_CAPABILITIES_META_KEY, type Server, type ServerContext } from "@modelcontextprotocol/server";
import { SKILLS_EXTENSION_ID } from "@modelcontextprotocol/server/ext/skills";
import { z } from "zod";
import { CheckedServer, type ServerChecks } from "./checked-server.ts";
import { clientSchema, type McpClient, type McpHandlers, type McpMethod, METHODS } from "./session.ts";

const INSTRUCTIONS =
  "PromptForge keeps a library of prompts. use_prompt finds one for a task and fills it. Or find one with " +
  "search_prompts (by what it is about) or list_prompts, read it with get_prompt, fill it with render_prompt. create_prompt stores a new one; update_prompt adds a version, " +
  "and get_versions shows the history. Labels such as production point to versions: set_label moves one. " +
  "Prompts are also here as MCP prompts and as prompt:// resources, those tagged skill also as skills. " +
  "find_tools has what is seldom needed.";

export interface McpServerOptions extends ServerChecks {
  readonly version: string;
  /** Whether this connection can carry change notifications. */
  readonly notifies: boolean;
}

/**
 * A protocol server over ready-made handlers. The low-level `Server` is used on purpose: registering every tool
 * anew for each HTTP request made tools/list about four times slower than answering from a list made once.
 */
export function buildServer(
  handlers: McpHandlers,
  { version, notifies, beforeAnswer }: McpServerOptions,
): Server {
  const listChanged = notifies ? { listChanged: true } : {};
  const server = new CheckedServer(
    { name: "promptforge", title: "PromptForge", version },
    {
      instructions: INSTRUCTIONS,
      capabilities: {
        tools: {},
        prompts: { ...listChanged },
        resources: { ...listChanged, ...(notifies ? { subscribe: true } : {}) },
        completions: {},
        extensions: { [SKILLS_EXTENSION_ID]: {} },
      },
      cacheHints: {
        "tools/list": { ttlMs: 60_000, cacheScope: "private" },
        "resources/templates/list": { ttlMs: 60_000, cacheScope: "private" },
      },
    },
    { beforeAnswer },
  );
  for (const method of METHODS) answer(server, method, handlers);
  return server;
}

const envelopeSchema = z.object({ [CLIENT_CAPABILITIES_META_KEY]: clientSchema });

/** From 2026 on each request carries them, and the SDK has no type for that; before, the connection began with them. */
function capabilitiesIn({ mcpReq }: ServerContext): McpClient | undefined {
  return envelopeSchema.safeParse(mcpReq.envelope).data?.[CLIENT_CAPABILITIES_META_KEY];
}

function answer<Method extends McpMethod>(server: Server, method: Method, handlers: McpHandlers): void {
  server.setRequestHandler(method, (request, context) =>
    handlers[method](request, context, capabilitiesIn(context) ?? server.getClientCapabilities()),
  );
}
