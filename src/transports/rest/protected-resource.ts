import type { Request, Response } from "express";
import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import type { TokenAudience } from "../../domain/ports/security.ts";

/** What a request is for, in the terms of OAuth [RFC 9728]. */
export interface ProtectedResource extends TokenAudience {
  /** Where its metadata is. */
  readonly metadataUrl: string;
  /** What a client needs for ordinary use. */
  readonly scopes: readonly string[];
}

export function setProtectedResource(res: Response, resource: ProtectedResource): void {
  res.locals["protectedResource"] = resource;
}

/** `undefined` where the server lets nobody sign in by OAuth. */
export function protectedResourceOf(res: Response): ProtectedResource | undefined {
  return res.locals["protectedResource"];
}

const missingScopes = z.object({ scope: z.array(z.string()) });

/**
 * The WWW-Authenticate header of an answer [RFC 6750, section 3; RFC 9728, section 5]: how to come in for those without a
 * credential that is good, and for those with too few scopes all that they need. Nothing for other errors.
 */
export function challengeOf(error: AppError, req: Request, res: Response): Record<string, string> {
  const resource = protectedResourceOf(res);
  const metadata = resource && { resource_metadata: resource.metadataUrl };
  if (error.code === "unauthenticated") {
    // The reason is named only where a credential was sent.
    const reason = req.get("Authorization") === undefined ? {} : { error: "invalid_token" };
    return header({ ...reason, ...(resource && { scope: resource.scopes.join(" ") }), ...metadata });
  }
  const missing = error.code === "forbidden" ? missingScopes.safeParse(error.details) : undefined;
  if (missing?.success !== true) return {};
  return header({ error: "insufficient_scope", scope: missing.data.scope.join(" "), ...metadata });
}

function header(parameters: Readonly<Record<string, string>>): Record<string, string> {
  const all = Object.entries({ realm: "promptforge", ...parameters });
  return { "WWW-Authenticate": `Bearer ${all.map(([name, value]) => `${name}="${value}"`).join(", ")}` };
}
