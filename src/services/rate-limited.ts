import { AppError, type ErrorDetails } from "../domain/errors.ts";

/**
 * The refusal of what was asked for too often.
 * @param words says what, given how long to wait: `1 second`, `20 seconds`.
 * @param resetMs until there is room again.
 */
export function rateLimited(
  words: (wait: string) => string,
  resetMs: number,
  details: ErrorDetails = {},
): AppError {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return new AppError("rate_limited", words(`${seconds} ${seconds === 1 ? "second" : "seconds"}`), {
    ...details,
    retry_after_seconds: seconds,
  });
}
