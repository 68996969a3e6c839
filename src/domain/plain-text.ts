/**
 * One line of text: no control characters, no half characters (lone surrogates), which no database keeps as they came, no other
 * ends of lines, and nothing that turns the order in which what follows is shown: it would say something else than it looks.
 */
export const LINE = /^[^\p{Cc}\p{Cs}\u2028-\u202E\u2066-\u2069]*$/u;
export const NOT_A_LINE = "Use plain text on one line, without control characters";
const NOT_OF_A_LINE = /[\p{Cc}\p{Cs}\u2028-\u202E\u2066-\u2069]+/gu;

/** A text as one line: what that cannot hold becomes a space. */
export function asLine(text: string): string {
  return text.replace(NOT_OF_A_LINE, " ");
}

/** Text of several lines. */
export const TEXT = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;
export const NOT_TEXT = "Use plain text, without control characters";
