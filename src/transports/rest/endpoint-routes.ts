import type { Request, RequestHandler, Response, Router } from "express";
import type { Caller } from "../../domain/identity.ts";
import type { TokenAudience } from "../../domain/ports/security.ts";
import { callClassOf } from "../../operations/define-operation.ts";
import type { Call, RunOperation } from "../../operations/run-operation.ts";
import type { CallLimitService } from "../../services/call-limits.ts";
import { bearerCredential } from "./credentials.ts";
import { type Endpoint, type Library, openLibrary, pathFields, takesQuery } from "./endpoint.ts";
import { readInput } from "./endpoint-input.ts";
import { idempotencyKeyOf } from "./idempotency-key.ts";
import { tellIgnored } from "./ignored-fields.ts";
import { StatusError } from "./problem.ts";
import { protectedResourceOf } from "./protected-resource.ts";
import { tellAllowance } from "./rate-limit-headers.ts";
import { requestIdOf } from "./request-id.ts";

export interface EndpointDependencies {
  readonly run: RunOperation;
  /** Who is behind a bearer credential; throws `unauthenticated`. */
  readonly authenticate: (credential: string | undefined, audience?: TokenAudience) => Promise<Caller>;
  readonly callLimits: Pick<CallLimitService, "expect">;
}

/**
 * Routes for endpoints, the more specific path first: names may hold slashes, so `/v1/prompts/{name}` would swallow what
 * follows a name. A path answers other methods with 405.
 */
export function mountEndpoints(
  router: Router,
  endpoints: readonly Endpoint[],
  deps: EndpointDependencies,
): void {
  const paths = Map.groupBy(endpoints, (endpoint) => endpoint.path);
  for (const [path, group] of [...paths].sort(([a], [b]) => specificity(b) - specificity(a))) {
    const route = router.route(expressPath(path));
    for (const endpoint of group) route[endpoint.method](handlerOf(endpoint, deps));
    route.all(otherMethods(path, group));
  }
}

/** Answers what no route took: 405 where the path is known, 404 where it is not. */
export const unknownPath: RequestHandler = (req, res) => {
  if (allowedOn(res).length > 0) return answerOtherMethod(req, res);
  throw new StatusError(
    404,
    "not_found",
    "There is nothing at this path. /openapi.json lists all paths, /docs shows them.",
  );
};

function specificity(path: string): number {
  return 100 * path.split("/").length - pathFields(path).length;
}

/** Each field may hold slashes, written as they are or as %2F. */
function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, "*$1");
}

function handlerOf(endpoint: Endpoint, deps: EndpointDependencies): RequestHandler {
  return async (req, res) => {
    const credential = bearerCredential(req);
    const call = {
      authenticate: () => deps.authenticate(credential, protectedResourceOf(res)),
      requestId: requestIdOf(res),
      address: req.ip,
      onAllowance: tellAllowance(res),
      onIgnored: tellIgnored(res, endpoint),
      idempotencyKey: idempotencyKeyOf(req),
    };
    const library = openLibrary(deps.run, call);
    const input = (await mayCall(endpoint, library, call, deps)) ? await readInput(endpoint, req, res) : {};
    const { body, headers } = await endpoint.answer(library, input);
    res.status(endpoint.status).set({ ...cacheHeaders(endpoint), ...headers });
    // fetch sends it with If-None-Match [Fetch, HTTP-network-or-cache fetch]; it speaks to caches on the way, but
    // Express takes it to mean that no 304 is wanted.
    delete req.headers["cache-control"];
    if (typeof body === "string" && endpoint.textType !== undefined) res.type(endpoint.textType).send(body);
    else res.json(body);
  };
}

/**
 * Whether to read what was sent. Not a stranger's: without input the operation refuses the call for its credential, and
 * says so itself. Throws `rate_limited` for a body that would be read for nothing.
 */
async function mayCall(
  endpoint: Endpoint,
  library: Library,
  { address, onAllowance }: Call,
  { callLimits }: EndpointDependencies,
): Promise<boolean> {
  const { operation } = endpoint;
  const caller =
    operation.permission === "public" ? undefined : await library.caller().catch(() => undefined);
  if (caller === undefined && operation.permission !== "public") return false;
  if (address !== undefined && !takesQuery(endpoint)) {
    await callLimits.expect(callClassOf(operation), caller ?? { address }, onAllowance);
  }
  return true;
}

/** Reads may be kept by the reader and asked again with their ETag; nobody keeps anything else. */
function cacheHeaders({ method }: Endpoint): Record<string, string> {
  return method === "get"
    ? { "Cache-Control": "private, no-cache", Vary: "Authorization" }
    : { "Cache-Control": "no-store" };
}

function otherMethods(path: string, group: readonly Endpoint[]): RequestHandler {
  const methods = group.map(({ method }) => method.toUpperCase());
  const own = [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
  return (req, res, next) => {
    res.locals["allowed"] = [...new Set([...allowedOn(res), ...own])].sort();
    // `/prompts/list` could also be the prompt named "list" of `/prompts/{id}`, which has the last word.
    if (pathFields(path).length === 0) next();
    else answerOtherMethod(req, res);
  };
}

function answerOtherMethod(req: Request, res: Response): void {
  const allow = allowedOn(res).join(", ");
  if (req.method === "OPTIONS") {
    res.status(204).set("Allow", allow).end();
    return;
  }
  const message = `This path does not take ${req.method}. It takes: ${allow}.`;
  throw new StatusError(405, "invalid_input", message, { Allow: allow });
}

function allowedOn(res: Response): readonly string[] {
  const allowed: unknown = res.locals["allowed"];
  return Array.isArray(allowed) ? allowed : [];
}
