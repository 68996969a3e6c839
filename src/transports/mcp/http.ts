import { AsyncLocalStorage } from "node:async_hooks";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Request, Response } from "express";
import { toAppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import type { Call, RunOperation } from "../../operations/run-operation.ts";
import type { CallLimitService } from "../../services/call-limits.ts";
import type { TenantEvents } from "../../services/events.ts";
import { toProtocolError } from "./calls.ts";
import { createHandlers } from "./handlers.ts";
import { buildServer } from "./server.ts";
import type { McpHandlers } from "./session.ts";
import { serveSkills } from "./skills.ts";
import { missingScopes, operationOf } from "./step-up.ts";
import { createSubscriptions, type Subscriber } from "./subscriptions.ts";

export interface McpHttpDependencies {
  readonly run: RunOperation;
  readonly callLimits: Pick<CallLimitService, "count">;
  readonly events: TenantEvents;
  readonly version: string;
  readonly onError: (error: Error) => void;
  /** Lets tests put the conformance suite's fixtures over the real handlers. */
  readonly decorate?: (handlers: McpHandlers) => McpHandlers;
}

/** Its `authenticate` asks again who calls: a subscription outlives the call that opened it. */
export interface McpHttpRequest extends Call {
  readonly caller: Caller;
}

interface CurrentRequest extends McpHttpRequest, Subscriber {
  /** Whether it counts for a limit already: an operation was run, or it was plain that none would be. */
  counted: boolean;
}

/** 1 MiB: room for the largest content in JSON's most wasteful spelling of ordinary text, and an end to everything else. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * MCP over Streamable HTTP, stateless, both eras. Who calls is known before this is reached, and travels with the
 * request's asynchronous context; so does its tenant, from which alone a subscription hears changes.
 */
export function createMcpHttp({
  run,
  callLimits,
  events,
  version,
  onError,
  decorate = (own) => own,
}: McpHttpDependencies) {
  const requests = new AsyncLocalStorage<CurrentRequest>();

  function current(): CurrentRequest {
    const request = requests.getStore();
    if (request === undefined) throw new Error("An MCP request is served outside its context");
    return request;
  }

  /** Counts a request that runs no operation, which would count it: as a read. Throws `rate_limited`. */
  async function countOnce(request: CurrentRequest): Promise<void> {
    if (request.counted) return;
    request.counted = true;
    await callLimits.count("reads", request.caller, request.onAllowance);
  }

  const subscriptions = createSubscriptions(events, current);

  const handler = createMcpHandler(
    ({ era }) => {
      const request = current();
      const { caller, requestId, address, onAllowance } = request;
      const authenticate = async () => caller;
      const call = { authenticate, requestId, address, onAllowance };
      const counting: RunOperation = (...given) => {
        request.counted = true;
        return run(...given);
      };
      const session = { run: counting, authenticate, call: () => call };
      const handlers = createHandlers(session);
      // A 2025-era client on a stateless server has no stream on which it could be told of changes.
      const server = buildServer(decorate(handlers), {
        version,
        notifies: era === "modern",
        // What turned out to be for no operation, such as an address that is none of ours.
        beforeAnswer: () =>
          countOnce(request).catch((error) => Promise.reject(toProtocolError(toAppError(error)))),
      });
      serveSkills(server, session);
      return server;
    },
    {
      bus: subscriptions.bus,
      // Ours are counted by tenant.
      maxSubscriptions: Number.MAX_SAFE_INTEGER,
      onerror: onError,
      maxRequestBodySize: MAX_BODY_BYTES,
    },
  );
  const node = toNodeHandler(handler, { onerror: onError, maxRequestBodySize: MAX_BODY_BYTES });

  return {
    /**
     * Answers a request whose body, where it has one, was read before. Throws `rate_limited` for one subscription too many,
     * and for one request too many of those that run no operation, which would count it: they are reads. Throws `forbidden` where a client needs more
     * scopes.
     */
    async handle(request: McpHttpRequest, req: Request, res: Response, message: unknown): Promise<void> {
      const current = { ...request, end: () => res.end(), counted: false };
      const refusal = missingScopes(request.caller, message);
      if (refusal !== undefined || operationOf(message) === undefined) await countOnce(current);
      if (refusal !== undefined) throw refusal;
      // The 2026 revision names the method in a header, which the SDK holds against the body.
      if (req.get("Mcp-Method") === "subscriptions/listen") subscriptions.admit(request.caller);
      await requests.run(current, () => node(req, res, message));
    },
    /** Ends what would never end by itself; calls under way go on. */
    endSubscriptions: subscriptions.endAll,
    close: () => handler.close(),
  };
}
