import { completionHandlers } from "./completion.ts";
import { promptHandlers } from "./prompts.ts";
import { resourceHandlers } from "./resources.ts";
import type { McpHandlers, McpSession } from "./session.ts";
import { toolHandlers } from "./tools.ts";

/** Handlers for every method, made from the catalogue of operations. */
export function createHandlers(session: McpSession): McpHandlers {
  return {
    ...toolHandlers(session),
    ...promptHandlers(session),
    ...resourceHandlers(session),
    ...completionHandlers(session),
  };
}
