import type { Request } from "express";
import { AppError } from "../../domain/errors.ts";
import { queryOf } from "./query.ts";

/** Parameters by which clients like to send tokens in the address. */
const TOKEN_PARAMETERS = ["access_token", "token"];

const BEARER = /^bearer +([^\s,]+) *$/i;

/**
 * The bearer credential of a request [RFC 6750, section 2.1]. Throws `invalid_input` when one stands in the query
 * string, where logs and histories would keep it.
 */
export function bearerCredential(req: Request): string | undefined {
  const query = queryOf(req);
  if (TOKEN_PARAMETERS.some((name) => Object.hasOwn(query, name))) {
    throw new AppError(
      "invalid_input",
      "A token does not belong in an address, where logs keep it. Send it as 'Authorization: Bearer …', and treat this one as disclosed.",
    );
  }
  return BEARER.exec(req.get("Authorization") ?? "")?.[1];
}
