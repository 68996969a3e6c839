import { MIMEType } from "node:util";
import express, { type Request, type Response } from "express";
import { AppError } from "../../domain/errors.ts";
import { StatusError } from "./problem.ts";

/** 1 MiB: four times the largest content, so that its JSON escapes fit. */
export const MAX_BODY_BYTES = 1024 * 1024;
export const MAX_JSON_DEPTH = 64;

const readBytes = express.raw({ limit: MAX_BODY_BYTES, type: () => true });

/**
 * The JSON object in a request's body; an empty one where there is no body. Throws `invalid_input` for anything else
 * (with status 415 for another media type or charset) and an error of status 413 beyond MAX_BODY_BYTES.
 */
export async function readJsonObject(req: Request, res: Response): Promise<Record<string, unknown>> {
  if (!hasBody(req)) return {};
  requireJson(req.get("Content-Type"));
  await new Promise<void>((resolve, reject) => {
    readBytes(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  const bytes: unknown = req.body;
  return bytes instanceof Buffer && bytes.length > 0 ? parseObject(bytes) : {};
}

function hasBody(req: Request): boolean {
  return req.get("Transfer-Encoding") !== undefined || Number(req.get("Content-Length") ?? 0) > 0;
}

function requireJson(header: string | undefined): void {
  const type = mediaType(header);
  if (type?.essence !== "application/json") {
    throw new StatusError(
      415,
      "invalid_input",
      "The body has to be JSON: send it with Content-Type: application/json.",
    );
  }
  if ((type.params.get("charset") ?? "utf-8").toLowerCase() !== "utf-8") {
    throw new StatusError(415, "invalid_input", "JSON is UTF-8: send the body in that charset.");
  }
}

function mediaType(header: string | undefined): MIMEType | undefined {
  try {
    return header === undefined ? undefined : new MIMEType(header);
  } catch {
    return undefined;
  }
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  const value = parseJson(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AppError("invalid_input", 'The body has to be a JSON object, such as {"content": "…"}.');
  }
  if (deeperThan(value, MAX_JSON_DEPTH)) {
    throw new AppError("invalid_input", `The body is nested more than ${MAX_JSON_DEPTH} levels deep.`);
  }
  return { ...value };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message repeats a piece of the body.
    throw new AppError(
      "invalid_input",
      "The body is not valid JSON in UTF-8. Check quotes, commas and escapes.",
    );
  }
}

/** Level by level rather than by recursion: a hostile body must not exhaust the stack. */
function deeperThan(value: object, limit: number): boolean {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((parent) =>
      Object.values(parent).filter((child) => typeof child === "object" && child !== null),
    );
  }
  return false;
}
