/** One line of text: no control characters, no half characters (lone surrogates), which no database keeps as they came. */
export const LINE = /^[^\p{Cc}\p{Cs}]*$/u;
export const NOT_A_LINE = "Use plain text on one line, without control characters";

/** Text of several lines. */
export const TEXT = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;
export const NOT_TEXT = "Use plain text, without control characters";
