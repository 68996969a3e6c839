import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";

const VALID = /^[A-Za-z0-9._-]{1,100}$/;

/** Gives each request an id, the caller's own when it sent a valid X-Request-Id, and echoes it on the answer. */
export const assignRequestId: RequestHandler = (req, res, next) => {
  if (res.locals["requestId"] === undefined) {
    const given = req.get("X-Request-Id");
    res.locals["requestId"] = given !== undefined && VALID.test(given) ? given : randomUUID();
    res.set("X-Request-Id", requestIdOf(res));
  }
  next();
};

export function requestIdOf(res: Response): string {
  return String(res.locals["requestId"]);
}
