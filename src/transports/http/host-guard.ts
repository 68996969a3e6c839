import { hostHeaderValidation, originValidation } from "@modelcontextprotocol/express";
import type { RequestHandler } from "express";
import { AppError } from "../../domain/errors.ts";
import { StatusError } from "../rest/problem.ts";

/** Names of this machine, as they stand in addresses. */
export const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** `host[:port]` as browsers and clients write it, and nothing more that a lenient parser would read as one. */
const AUTHORITY = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/i;
const ORIGIN = /^https?:\/\/(.+)$/i;

export interface HostSettings {
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: string | undefined;
}

/**
 * Keeps out requests that another site's page makes under a name of its own (DNS rebinding) or from its own origin. The
 * library's guards read both headers as URLs and so take much for a host that is none; here they have to be plain first.
 * Throws `invalid_input` when the server should listen beyond loopback without being told for which hosts.
 */
export function hostGuard(settings: HostSettings): RequestHandler[] {
  const hosts = allowedHosts(settings);
  const origins = settings.allowedOrigins.length > 0 ? settings.allowedOrigins : hosts;
  return [plainHost, plainOrigin, hostHeaderValidation(hosts), originValidation([...origins])];
}

const plainHost: RequestHandler = (req, _res, next) => {
  const given = req.headersDistinct["host"] ?? [];
  if (given.length > 1) {
    throw new StatusError(400, "invalid_input", "The request has several Host headers. Send one.");
  }
  // Without one, the library's guard says so.
  if (given.every(isPlain)) return next();
  throw new StatusError(403, "forbidden", "The Host header is not a plain host[:port]. Send it as that.");
};

const plainOrigin: RequestHandler = (req, _res, next) => {
  const given = req.headersDistinct["origin"] ?? [];
  if (given.every((origin) => isPlain(ORIGIN.exec(origin)?.[1] ?? ""))) return next();
  throw new StatusError(403, "forbidden", "Requests from this Origin are not allowed here.");
};

/** Whether an authority is plain, and its host spelled in the one canonical way: 127.1 and 0x7f.1 are not. */
function isPlain(authority: string): boolean {
  const host = AUTHORITY.exec(authority)?.[1];
  return (
    host !== undefined &&
    URL.canParse(`http://${authority}`) &&
    new URL(`http://${authority}`).hostname === host.toLowerCase()
  );
}

/** Host names that requests may name. Another site that points its own name at this machine is none of them. */
function allowedHosts({ host, allowedHosts: allowed, publicUrl }: HostSettings): string[] {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  if (isLoopback(host)) return [...LOOPBACK, ...allowed, ...own];
  if (allowed.length === 0) {
    throw new AppError(
      "invalid_input",
      `Listening on ${host} is reachable from other machines: set PROMPTFORGE_ALLOWED_HOSTS to the host names under which clients reach the server.`,
    );
  }
  return [...allowed, ...own];
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
