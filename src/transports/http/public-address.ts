import type { Config } from "../../config/config.ts";
import type { ProtectedResource } from "../rest/protected-resource.ts";
import { isLoopback, LOOPBACK } from "./host-guard.ts";

/** Scopes that a client is told to ask for at first: what the library is used for every day. */
const EVERYDAY_SCOPES = ["prompts:read", "prompts:write"] as const;

/** What is protected: MCP, and REST with the original paths. */
const RESOURCES = ["/mcp", "/v1"] as const;
export type ResourcePath = (typeof RESOURCES)[number];

/** Under which address clients reach the server, and what it is called in OAuth. */
export interface PublicAddress {
  /** The issuer of tokens: without a slash at the end. */
  readonly issuer: string;
  /** Every identifier of a resource that a token may be for. */
  readonly resources: readonly string[];
  readonly defaultScopes: readonly string[];
  /** The resource at a path, by the name under which a client reaches the server (the Host header). */
  resourceAt(path: ResourcePath, host: string | undefined): ProtectedResource;
}

/**
 * `undefined` where that cannot be known: beyond loopback the server does not see under which address, and whether behind
 * TLS, its clients reach it; PROMPTFORGE_PUBLIC_URL says so.
 */
export function publicAddress(
  { publicUrl, host }: Pick<Config, "publicUrl" | "host">,
  port: number,
): PublicAddress | undefined {
  if (publicUrl !== undefined) return addressOf(publicUrl.replace(/\/+$/, ""));
  if (!isLoopback(host)) return undefined;
  // People write localhost as well as 127.0.0.1, and a client holds the resource's name against what it was given.
  const named = (name: string) => `http://${name}:${port}`;
  return addressOf(named(inUrl(host)), LOOPBACK.map(named));
}

/** A host as it stands in an address. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** @param issuer is one of the addresses, too. */
function addressOf(issuer: string, others: readonly string[] = []): PublicAddress {
  const at = (base: string) => ({
    "/mcp": resourceOf(issuer, `${base}/mcp`),
    "/v1": resourceOf(issuer, `${base}/v1`),
  });
  const own = at(issuer);
  const byHost = new Map(others.map((base) => [new URL(base).host, at(base)]));
  return {
    issuer,
    resources: [own, ...byHost.values()].flatMap((resources) =>
      RESOURCES.map((path) => resources[path].identifier),
    ),
    defaultScopes: EVERYDAY_SCOPES,
    resourceAt: (path, host = "") => (byHost.get(host) ?? own)[path],
  };
}

function resourceOf(issuer: string, identifier: string): ProtectedResource {
  const { origin, pathname } = new URL(identifier);
  return { issuer, identifier, metadataUrl: `${origin}${METADATA}${pathname}`, scopes: EVERYDAY_SCOPES };
}

/** RFC 9728, section 3.1: a resource's own path follows this one. */
export const METADATA = "/.well-known/oauth-protected-resource";
