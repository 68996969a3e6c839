import type { Request, Response } from "express";
import { toAppError } from "../../domain/errors.ts";
import { readJson } from "../rest/json-body.ts";
import { fromHttp, PROBLEMS, StatusError } from "../rest/problem.ts";

/** Codes of JSON-RPC 2.0, section 5.1, and the server's own for what HTTP already says. */
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const HTTP_ERROR = -32000;

/**
 * The one JSON-RPC message in a request's body, checked as REST's bodies are before the protocol library sees it.
 * Anything else is answered, as the library would, and gives `undefined`. A batch is refused, too: no revision that is
 * served here has them, and one could ask for a hundred answers of the largest size at once.
 */
export async function readMessage(
  req: Request,
  res: Response,
): Promise<{ readonly message: unknown } | undefined> {
  try {
    const message = await readJson(req, res, "member");
    if (message === undefined) refuse(res, 400, PARSE_ERROR, "Parse error: the request has no body");
    else if (Array.isArray(message)) {
      refuse(res, 400, INVALID_REQUEST, "Invalid Request: send one message at a time, not a batch");
    } else return { message };
  } catch (thrown) {
    const error = fromHttp(thrown) ?? toAppError(thrown);
    const status = error instanceof StatusError ? error.status : PROBLEMS[error.code].status;
    refuse(res, status, status === 400 ? PARSE_ERROR : HTTP_ERROR, error.message);
  }
  return undefined;
}

function refuse(res: Response, status: number, code: number, message: string): void {
  res.status(status).json({ jsonrpc: "2.0", error: { code, message }, id: null });
}
