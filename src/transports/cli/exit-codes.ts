import type { ErrorCode } from "../../domain/errors.ts";

/** The one table of exit codes. Scripts branch on them: a code never changes its meaning. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  internal: 1,
  invalid_input: 2,
  unauthenticated: 3,
  forbidden: 4,
  not_found: 5,
  conflict: 6,
  precondition_failed: 7,
  too_large: 8,
  rate_limited: 9,
  unavailable: 10,
  quota_exceeded: 11,
  key_reused: 12,
};

/** A wrong command line. */
export const USAGE_ERROR = EXIT_CODES.invalid_input;
/** Some of the work was refused, the rest is done: an import, or a sync, with bad items. */
export const PARTLY_FAILED = EXIT_CODES.invalid_input;
/** `doctor` found something broken. */
export const UNHEALTHY = 1;
/** As shells give it for Ctrl-C: 128 + SIGINT. */
export const INTERRUPTED = 130;

export function exitCodesHelp(): string {
  const codes = Object.entries(EXIT_CODES)
    .sort(([, one], [, other]) => one - other)
    .map(([name, code]) => `${code} ${name}`);
  return [
    "Exit codes:",
    `  0 ok, ${codes.slice(0, 5).join(", ")},`,
    `  ${codes.slice(5).join(", ")},`,
    `  ${INTERRUPTED} interrupted. A wrong command line, and an import or a sync with refused items, is ${USAGE_ERROR}.`,
  ].join("\n");
}

/** The person at the terminal ended it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
