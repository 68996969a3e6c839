import { AppError } from "../domain/errors.ts";

/** What is said of an access token, whosever it is: no more than whether it is too old or not valid. */
export function expired(): AppError {
  return new AppError("unauthenticated", "The access token has expired. Sign in again.", {
    reason: "expired",
  });
}

export function invalid(): AppError {
  return new AppError("unauthenticated", "The access token is not valid here. Sign in again.", {
    reason: "invalid",
  });
}
