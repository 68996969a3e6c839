import { MIMEType } from "node:util";
import express, { type Request, type RequestHandler, type Response } from "express";
import { AppError } from "../../domain/errors.ts";
import { isTooDeep, MAX_JSON_DEPTH } from "../json-depth.ts";
import { StatusError } from "./problem.ts";

/**
 * Largest bodies, in bytes. A member's: four times the largest content, so that its JSON escapes fit. A stranger's: a name
 * and a password; what somebody unknown sends has to cost little.
 */
const BODY_BYTES = { member: 1024 * 1024, stranger: 16 * 1024 } as const;
export type Sender = keyof typeof BODY_BYTES;

const readers: Readonly<Record<Sender, RequestHandler>> = {
  member: express.raw({ limit: BODY_BYTES.member, type: () => true }),
  stranger: express.raw({ limit: BODY_BYTES.stranger, type: () => true }),
};

/** The JSON object in a request's body; an empty one where there is no body. Throws as `readJson`, and for other JSON. */
export async function readJsonObject(
  req: Request,
  res: Response,
  sender: Sender,
): Promise<Record<string, unknown>> {
  if (!hasBody(req)) return {};
  const value = await readJson(req, res, sender);
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AppError("invalid_input", 'The body has to be a JSON object, such as {"content": "…"}.');
  }
  return { ...value };
}

/**
 * The JSON in a request's body; `undefined` where that is empty. Throws `invalid_input` for anything else (with status
 * 415 for another media type or charset) and an error of status 413 beyond what the sender may send.
 */
export async function readJson(req: Request, res: Response, sender: Sender): Promise<unknown> {
  requireJson(req.get("Content-Type"));
  const bytes = await readBytes(req, res, readers[sender]);
  return bytes.length > 0 ? parseJson(bytes) : undefined;
}

/** The bytes of a request's body, by a reader that has its limit. Throws an error of status 413 beyond that. */
export async function readBytes(req: Request, res: Response, reader: RequestHandler): Promise<Buffer> {
  await new Promise<void>((resolve, reject) => {
    reader(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  const bytes: unknown = req.body;
  return bytes instanceof Buffer ? bytes : Buffer.alloc(0);
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

function parseJson(bytes: Buffer): unknown {
  if (isTooDeep(bytes)) {
    throw new AppError("invalid_input", `The body is nested more than ${MAX_JSON_DEPTH} levels deep.`);
  }
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
