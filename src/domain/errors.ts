/**
 * The one error type that callers ever see. Its code is stable: clients may branch on it.
 * Transports map codes to HTTP statuses, MCP results and exit codes by one table each.
 */
export const ERROR_CODES = [
  "not_found",
  "forbidden",
  "unauthenticated",
  "invalid_input",
  "conflict",
  "precondition_failed",
  "key_reused",
  "rate_limited",
  "quota_exceeded",
  "too_large",
  "unavailable",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export type ErrorDetails = Readonly<Record<string, unknown>>;

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  /** Facts for a program: never stored text of another tenant, never a secret. */
  readonly details: ErrorDetails | undefined;

  /** @param message says what happened and what to do, for a person or a model. */
  constructor(code: ErrorCode, message: string, details?: ErrorDetails, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** What may leave the process for any thrown value: an AppError as it is, everything else as `internal`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError(
    "internal",
    "Something went wrong on the server. Try again; if it stays, give the request id to the operator.",
    undefined,
    thrown,
  );
}

/** Seconds to wait before a call is tried again, where the error itself does not say. */
const RETRY_AFTER: Partial<Readonly<Record<ErrorCode, number>>> = { rate_limited: 1, unavailable: 5 };

/** After how many seconds, a whole number, what was refused may be tried again; `undefined`: as it is, it is refused again. */
export function retryAfterSeconds({ code, details }: AppError): number | undefined {
  const seconds = details?.["retry_after_seconds"] ?? RETRY_AFTER[code];
  return typeof seconds === "number" ? Math.ceil(seconds) : undefined;
}
