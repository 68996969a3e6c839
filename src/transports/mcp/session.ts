import type { HandlerResultTypeMap, RequestTypeMap, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Caller } from "../../domain/identity.ts";
import type { Call, RunOperation } from "../../operations/run-operation.ts";

/** The requests that the server answers. */
export const METHODS = [
  "tools/list",
  "tools/call",
  "prompts/list",
  "prompts/get",
  "resources/list",
  "resources/templates/list",
  "resources/read",
  "completion/complete",
] as const;
export type McpMethod = (typeof METHODS)[number];

/** What a client can do, as far as that makes a difference here: whether it has forms for a person to fill in. */
export const clientSchema = z.object({
  elicitation: z.object({ form: z.unknown(), url: z.unknown() }).partial().optional(),
});
export type McpClient = z.infer<typeof clientSchema>;

export type McpHandlers = {
  readonly [Method in McpMethod]: (
    request: RequestTypeMap[Method],
    context: ServerContext,
    /** What the client said that it can do; `undefined` where it was not heard: without a session, before 2026. */
    client?: McpClient,
  ) => Promise<HandlerResultTypeMap[Method]>;
};

/** For whom a server instance answers: one HTTP request, or one stdio connection. */
export interface McpSession {
  readonly run: RunOperation;
  /** Who calls, resolved anew for each request. */
  readonly authenticate: () => Promise<Caller>;
  /** What an operation is told of the request that is being answered. */
  readonly call: () => Call;
}
