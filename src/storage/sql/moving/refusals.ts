import { AppError } from "../../../domain/errors.ts";

/** What the triggers of a library say that has moved away. */
export const SEALED = "This library has moved";

/** What is told to whoever would write to a library that has moved away. */
export function movedAway(cause: unknown): AppError {
  return new AppError(
    "unavailable",
    "This library has moved to another place, and takes no changes here. Start the server with the settings of the new one.",
    { reason: "moved" },
    cause,
  );
}

export function anotherLibrary(): AppError {
  return new AppError(
    "conflict",
    "There is another library already where this one should go. Name a place that holds none.",
  );
}
