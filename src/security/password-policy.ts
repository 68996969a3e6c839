import { dictionary } from "@zxcvbn-ts/language-common";
import { AppError } from "../domain/errors.ts";

/** Lengths of a password, in Unicode code points. */
export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 256;

/** Orders of characters that people type off: digits, the alphabet, and keyboard rows (QWERTY, QWERTZ, AZERTY). */
const RUNS = [
  "01234567890123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
].flatMap((run) => [run, [...run].reverse().join("")]);

const LONGEST_REPEATED_UNIT = 4;

const ADVICE = "A few words that do not belong together make a good one.";

/**
 * One spelling for what looks the same: a keyboard may send é as one character or as two (RFC 8265, OpaqueString).
 * Nothing is cut, trimmed or changed in case.
 */
export function normalizePassword(password: string): string {
  return password.normalize("NFC");
}

/**
 * Throws `invalid_input` with the reason and what to do when a password may not be chosen: shorter than 8 or longer
 * than 256 characters, among the common ones (whatever their case), or a mere repetition or run.
 * No message holds the password.
 */
export function checkPassword(password: string): void {
  if (!password.isWellFormed()) {
    refuse("malformed", "The password has half a character (a lone surrogate). Send well-formed Unicode.");
  }
  const normalized = normalizePassword(password);
  const length = [...normalized].length;
  if (length < MIN_PASSWORD_LENGTH) {
    refuse(
      "too_short",
      `The password is too short: it has ${length} characters, and at least ${MIN_PASSWORD_LENGTH} are needed. ${ADVICE}`,
    );
  }
  if (length > MAX_PASSWORD_LENGTH) {
    refuse(
      "too_long",
      `The password is too long: it has ${length} characters, and at most ${MAX_PASSWORD_LENGTH} are allowed. Choose a shorter one.`,
    );
  }
  const folded = normalized.toLowerCase();
  if (commonPasswords().has(folded)) {
    refuse(
      "too_common",
      `The password is one of the most common ones, which attackers try first. Choose another. ${ADVICE}`,
    );
  }
  if (isPattern(folded)) {
    refuse(
      "too_simple",
      `The password only repeats a few characters, or follows the alphabet, the digits or the keyboard. Choose another. ${ADVICE}`,
    );
  }
}

function refuse(reason: string, message: string): never {
  throw new AppError("invalid_input", message, { reason });
}

let common: ReadonlySet<string> | undefined;

/**
 * All passwords of the list that the length rule lets through: about 18,000, in lower case, the most common 3,000 among
 * them. Made at the first use, since most processes never set a password.
 */
function commonPasswords(): ReadonlySet<string> {
  common ??= new Set(dictionary["passwords-common"].filter((entry) => entry.length >= MIN_PASSWORD_LENGTH));
  return common;
}

/** The list leaves out what its own library finds by pattern (aaaaaaaa, 12341234, 87654321): found here. */
function isPattern(password: string): boolean {
  if (RUNS.some((run) => run.includes(password))) return true;
  for (let unit = 1; unit <= LONGEST_REPEATED_UNIT; unit++) {
    if (password.slice(unit) === password.slice(0, -unit)) return true;
  }
  return false;
}
