import type { ErrorRequestHandler, Request, Response } from "express";
import { z } from "zod";
import { AppError, ERROR_CODES, type ErrorCode, retryAfterSeconds, toAppError } from "../../domain/errors.ts";
import { challengeOf } from "./protected-resource.ts";
import { requestIdOf } from "./request-id.ts";

/** A problem as RFC 9457 has it. */
export const problemSchema = z.object({
  type: z.string().describe("URN of the kind of problem: urn:promptforge:error:<code>"),
  title: z.string().describe("The kind of problem in words"),
  status: z.int().describe("The HTTP status"),
  detail: z.string().describe("What happened and what to do"),
  code: z.enum(ERROR_CODES).describe("Stable: programs may branch on it"),
  request_id: z.string().describe("Name it when you ask the operator"),
  details: z.record(z.string(), z.unknown()).optional().describe("Facts for a program"),
});
export type Problem = z.infer<typeof problemSchema>;

/** The one table from error codes to HTTP. */
export const PROBLEMS: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  invalid_input: { status: 400, title: "Invalid input" },
  unauthenticated: { status: 401, title: "Not signed in" },
  forbidden: { status: 403, title: "Not allowed" },
  quota_exceeded: { status: 403, title: "No room left" },
  not_found: { status: 404, title: "Not found" },
  conflict: { status: 409, title: "Conflict" },
  precondition_failed: { status: 412, title: "Changed in the meantime" },
  too_large: { status: 413, title: "Too large" },
  key_reused: { status: 422, title: "Idempotency key used for another call" },
  rate_limited: { status: 429, title: "Too many requests" },
  internal: { status: 500, title: "Server error" },
  unavailable: { status: 503, title: "Unavailable" },
};

/** An error for which HTTP has a more exact status than its code. */
export class StatusError extends AppError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

/** What HTTP says of a thrown value: the error that may be told, its status, and headers that go with it. */
export function httpError(thrown: unknown) {
  const error = fromHttp(thrown) ?? toAppError(thrown);
  const wait = retryAfterSeconds(error);
  const headers: Record<string, string> = {
    ...(wait === undefined ? {} : { "Retry-After": String(wait) }),
    ...(error instanceof StatusError ? error.headers : {}),
  };
  return {
    error,
    status: error instanceof StatusError ? error.status : PROBLEMS[error.code].status,
    headers,
  };
}

/** Answers with the problem that a thrown value is. */
export function asProblem(thrown: unknown, req: Request, res: Response): void {
  const { error, status, headers } = httpError(thrown);
  const problem: Problem = {
    type: `urn:promptforge:error:${error.code}`,
    title: PROBLEMS[error.code].title,
    status,
    detail: error.message,
    code: error.code,
    request_id: requestIdOf(res),
    ...(error.details === undefined ? {} : { details: { ...error.details } }),
  };
  res
    .status(status)
    .set({
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      ...headers,
      ...challengeOf(error, req, res),
    })
    .type("application/problem+json")
    // Not with `json`: an error has no ETag.
    .end(JSON.stringify(problem));
}

/** Whether a thrown value is a fault of ours that nobody has heard of yet: `run` reports its own. */
export function isUnexpected(thrown: unknown): boolean {
  return !(thrown instanceof AppError) && fromHttp(thrown) === undefined;
}

/** The last error handler of an Express app or router. */
export const problemHandler: ErrorRequestHandler = (error, req, res, next) => {
  if (res.headersSent) next(error);
  else asProblem(error, req, res);
};

const httpErrorSchema = z.object({
  status: z.int().min(400).max(499),
  /** In bytes, where the body was too large. */
  limit: z.int().optional(),
});

/** What Express and its parsers throw for a bad request. Their texts may repeat the request's: ours are said instead. */
export function fromHttp(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return undefined;
  const parsed = httpErrorSchema.safeParse(thrown);
  if (!parsed.success) return undefined;
  const { status, limit } = parsed.data;
  switch (status) {
    case 413:
      return new AppError(
        "too_large",
        `The body of the request is too large${limit === undefined ? "" : `: at most ${limit / 1024} KiB are read here`}. Send less at a time.`,
        limit === undefined ? undefined : { limit },
      );
    case 415:
      return new StatusError(
        415,
        "invalid_input",
        "The body's Content-Encoding is not understood. Send it plain, or with gzip, deflate or br.",
      );
    default:
      return new AppError(
        "invalid_input",
        "The request could not be read. Check its address (percent-encoding) and that its body is complete.",
      );
  }
}
