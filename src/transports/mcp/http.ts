import { AsyncLocalStorage } from "node:async_hooks";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, type ServerEventBus } from "@modelcontextprotocol/server";
import type { Request, Response } from "express";
import type { Caller } from "../../domain/identity.ts";
import type { RunOperation } from "../../operations/run-operation.ts";
import type { TenantEvents } from "../../services/events.ts";
import { createHandlers, type McpHandlers } from "./handlers.ts";
import { toServerEvents } from "./notifications.ts";
import { buildServer } from "./server.ts";

export interface McpHttpDependencies {
  readonly run: RunOperation;
  readonly events: TenantEvents;
  readonly version: string;
  readonly onError: (error: Error) => void;
  /** Lets tests put the conformance suite's fixtures over the real handlers. */
  readonly decorate?: (handlers: McpHandlers) => McpHandlers;
}

interface CurrentRequest {
  readonly caller: Caller;
  readonly requestId: string;
}

/** 1 MiB: room for the largest content in JSON's most wasteful spelling of ordinary text, and an end to everything else. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * MCP over Streamable HTTP, stateless, both eras. Who calls is known before this is reached, and travels with the
 * request's asynchronous context; so does its tenant, from which alone a subscription hears changes.
 */
export function createMcpHttp({
  run,
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

  const bus: ServerEventBus = {
    // Changes come from the services, never from the protocol side.
    publish: () => undefined,
    subscribe: (listener) =>
      events.subscribe(current().caller.tenantId, (event) => {
        for (const change of toServerEvents(event)) listener(change);
      }),
  };

  const handler = createMcpHandler(
    ({ era }) => {
      const { caller, requestId } = current();
      const handlers = createHandlers({ run, authenticate: async () => caller, requestId: () => requestId });
      // A 2025-era client on a stateless server has no stream on which it could be told of changes.
      return buildServer(decorate(handlers), { version, notifies: era === "modern" });
    },
    { bus, onerror: onError, maxRequestBodySize: MAX_BODY_BYTES },
  );
  const node = toNodeHandler(handler, { onerror: onError, maxRequestBodySize: MAX_BODY_BYTES });

  return {
    handle: (request: CurrentRequest, req: Request, res: Response): Promise<void> =>
      requests.run(request, () => node(req, res)),
    close: () => handler.close(),
  };
}
