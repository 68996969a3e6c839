import { createServer, type RequestListener, type Server } from "node:http";
import type { RequestHandler } from "express";

/** What one connection may take of the server, in milliseconds unless the name says otherwise. */
export const CONNECTION_LIMITS = {
  /** Connections at once; one more is closed as it comes. Below the usual limit of open files, with room for the rest. */
  maxConnections: 2_000,
  /** Until a request's headers are there. */
  headersTimeout: 15_000,
  /** Until a whole request is there: 1 MiB over a bad line. */
  requestTimeout: 60_000,
  /** Between two requests. Longer than common proxies keep theirs, which else send into a closing connection. */
  keepAliveTimeout: 65_000,
  /** In which a reader has to take something of an answer that waits for it. */
  drainTimeout: 30_000,
} as const;

export type ConnectionLimits = { readonly [Limit in keyof typeof CONNECTION_LIMITS]: number };

/** How often the timeouts are looked at. */
const CHECKING_INTERVAL_MS = 5_000;

/** An HTTP server that bounds what connections take, where Node's own bounds are wide or none. */
export function createBoundedServer(
  handler: RequestListener,
  limits: ConnectionLimits = CONNECTION_LIMITS,
): Server {
  const { maxConnections, headersTimeout, requestTimeout, keepAliveTimeout } = limits;
  const timeouts = { headersTimeout, requestTimeout, keepAliveTimeout };
  const server = createServer({ ...timeouts, connectionsCheckingInterval: CHECKING_INTERVAL_MS }, handler);
  server.maxConnections = maxConnections;
  return server;
}

/**
 * Closes the connection of an answer of which nothing is taken any more: each holds the answer in memory, and whoever
 * opens many and reads none would take all of it. Node counts what the system takes of a long write as activity; a stream
 * that has nothing to say, and an answer that is still being made, leave nothing waiting and stay.
 */
export function dropIdleReaders({ drainTimeout }: ConnectionLimits = CONNECTION_LIMITS): RequestHandler {
  return (_req, res, next) => {
    res.setTimeout(drainTimeout, () => {
      const { socket } = res;
      if (socket !== null && socket.writableLength > 0) socket.destroy();
    });
    next();
  };
}
