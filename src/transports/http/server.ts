import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type Express } from "express";
import type { App } from "../../app.ts";
import { AppError } from "../../domain/errors.ts";
import { createMcpHttp, type McpHttpDependencies } from "../mcp/http.ts";
import { bearerCredential } from "../rest/credentials.ts";
import { unknownPath } from "../rest/endpoint-routes.ts";
import { asProblem, problemHandler } from "../rest/problem.ts";
import { protectedResourceOf } from "../rest/protected-resource.ts";
import { tellAllowance } from "../rest/rate-limit-headers.ts";
import { assignRequestId, requestIdOf } from "../rest/request-id.ts";
import { createRestRouter } from "../rest/router.ts";
import { VERSION } from "../version.ts";
import { accountRouter } from "../web/account-router.ts";
import { connectedAppsRouter } from "../web/connected-apps-router.ts";
import { createBoundedServer, dropIdleReaders } from "./connection-limits.ts";
import { healthRouter } from "./health.ts";
import { hostGuard } from "./host-guard.ts";
import { jwksRouter } from "./jwks.ts";
import { readMessage } from "./mcp-body.ts";
import { countRequests, metricsRouter } from "./metrics.ts";
import { namesResource, oauthRouter } from "./oauth.ts";
import { inUrl, publicAddress } from "./public-address.ts";
import { traceRequests } from "./traces.ts";
import { tellOfUnnamedProxy } from "./unnamed-proxy.ts";

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** Takes no new connections, lets the requests under way finish for up to eight seconds, then ends. */
  close(): Promise<void>;
}

const GRACE_MS = 8_000;
const SWEEP_MS = 50;

/**
 * Serves an app over HTTP: REST, MCP and health. Throws `invalid_input` when it should listen beyond loopback without
 * being told for which hosts, and `unavailable` when it cannot listen.
 */
export async function startServer(
  app: App,
  options: Pick<McpHttpDependencies, "decorate"> = {},
): Promise<RunningServer> {
  const { config } = app;
  const guard = hostGuard(config);
  const mcp = createMcpHttp({
    run: app.run,
    callLimits: app.services.callLimits,
    events: app.events,
    version: VERSION,
    onError: (error) => app.log.debug({ err: error }, "mcp"),
    ...options,
  });

  const web = express();
  const server = createBoundedServer(web);
  const { port } = await listen(server, config.host, config.port, (err) => app.log.error({ err }, "http"));
  const address = publicAddress(config, port);
  // From here on nothing is waited for: all is mounted, and knows the port, before the first request is looked at.
  web.disable("x-powered-by");
  web.set("trust proxy", [...config.trustedProxies]);
  for (const count of countRequests(app)) web.use(count);
  web.use(dropIdleReaders());
  web.use(assignRequestId);
  for (const trace of traceRequests(app)) web.use(trace);
  web.use(healthRouter(app));
  web.use(metricsRouter(app));
  web.use(tellOfUnnamedProxy(config.trustedProxies, app.log));
  web.use(guard);
  web.use(jwksRouter(app));
  if (address !== undefined) web.use(namesResource(address), oauthRouter(app, address));
  else app.log.warn("MCP clients need a key: set PROMPTFORGE_PUBLIC_URL to let people sign in from them");
  const pages = {
    run: app.run,
    base: new URL(config.linkBase).pathname.replace(/\/$/, ""),
    onError: (err: unknown, requestId: string) => app.log.error({ err, requestId }, "pages"),
  };
  const { authenticate } = app.services.authentication;
  const mcpAddress = address && `${address.issuer}/mcp`;
  web.use(accountRouter({ ...pages, mcp: mcpAddress }), connectedAppsRouter({ ...pages, authenticate }));
  mountMcp(web, app, mcp);
  web.use(
    createRestRouter({
      run: app.run,
      callLimits: app.services.callLimits,
      authenticate: app.services.authentication.authenticate,
      version: VERSION,
      publicUrl: config.publicUrl,
      onError: (err, requestId) => app.log.error({ err, requestId }, "rest"),
    }),
  );
  web.use(unknownPath);
  web.use(problemHandler);

  app.metrics?.runs(VERSION);
  if (config.indexer) app.indexer.start();
  app.mails.start();
  app.webhookDelivery.start();
  app.services.leaving.start();
  app.backups?.start();
  return {
    port,
    url: address?.issuer ?? `http://${inUrl(config.host)}:${port}`,
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      mcp.endSubscriptions();
      // A connection that has had its answer would stay for the client's next request.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      const force = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      await ended;
      clearTimeout(force);
      clearInterval(sweep);
      // Only now: it would abort the calls under way.
      await mcp.close();
    },
  };
}

function mountMcp(web: Express, app: App, mcp: ReturnType<typeof createMcpHttp>): void {
  web.all("/mcp", async (req, res) => {
    const requestId = requestIdOf(res);
    try {
      const credential = bearerCredential(req);
      const resource = protectedResourceOf(res);
      const authenticate = () => app.services.authentication.authenticate(credential, resource);
      const caller = await authenticate();
      // A stranger's body is not read.
      const body = req.method === "POST" ? await readMessage(req, res) : { message: undefined };
      if (body !== undefined) {
        const call = { caller, authenticate, requestId, address: req.ip, onAllowance: tellAllowance(res) };
        await mcp.handle(call, req, res, body.message);
      }
    } catch (error) {
      if (res.headersSent) throw error;
      asProblem(error, req, res);
    }
  });
}

function listen(
  server: Server,
  host: string,
  port: number,
  onError: (error: Error) => void,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.off("error", refuse);
      // A connection that cannot be taken (no descriptors left) must not end the others.
      server.on("error", onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} is in use. Stop what uses it, or choose another with --port or PROMPTFORGE_PORT (0: any free one).`,
    EACCES: `This user may not listen on port ${port}. Choose one above 1023 with --port.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine. Choose another with --host.`,
    ENOTFOUND: `${host} is not an address of this machine. Choose another with --host.`,
  };
  return new AppError(
    "unavailable",
    reasons[error.code ?? ""] ?? `The server cannot listen on ${host}:${port}.`,
    undefined,
    error,
  );
}
