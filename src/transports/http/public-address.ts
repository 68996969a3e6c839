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
  if (publicUrl !== undefined) return addressOf([publicUrl.replace(/\/+$/, "")]);
  if (!isLoopback(host)) return undefined;
  // People write localhost as well as 127.0.0.1, and a client holds the resource's name against what it was given.
  return addressOf([...new Set([inUrl(host), ...LOOPBACK])].map((name) => `http://${name}:${port}`));
}

/** A host as it stands in an address. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function addressOf(bases: readonly string[]): PublicAddress {
  const [issuer = ""] = bases;
  return {
    issuer,
    resources: bases.flatMap((base) => RESOURCES.map((path) => `${base}${path}`)),
    defaultScopes: EVERYDAY_SCOPES,
    resourceAt(path, host) {
      const base = bases.find((candidate) => new URL(candidate).host === host) ?? issuer;
      const identifier = `${base}${path}`;
      const { origin, pathname } = new URL(identifier);
      return {
        issuer,
        identifier,
        metadataUrl: `${origin}${METADATA}${pathname}`,
        scopes: EVERYDAY_SCOPES,
      };
    },
  };
}

/** RFC 9728, section 3.1: a resource's own path follows this one. */
export const METADATA = "/.well-known/oauth-protected-resource";
