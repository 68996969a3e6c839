/**
 * Marks that stand on one letter. To put them in order with each other takes quadratic time, so that a hostile run of
 * them would stop the program; no script has 30 in a row (UAX #15, Stream-Safe Text Format).
 */
const MARKS_IN_ORDER = /(\p{M}{30})\p{M}+/gu;

/** The composed form (NFC) of a text, without marks beyond 30 in a row, in time that grows with the text alone. */
export function composed(text: string): string {
  return withFewMarks(text).normalize("NFC");
}

/** The decomposed form, by compatibility too (NFKD); otherwise as `composed`. */
export function decomposed(text: string): string {
  return withFewMarks(text).normalize("NFKD");
}

/** The composed form by compatibility (NFKC), which is one for letters of one look and sense; otherwise as `composed`. */
export function compatible(text: string): string {
  return withFewMarks(text).normalize("NFKC");
}

/** A text without marks beyond 30 in a row. */
export function withFewMarks(text: string): string {
  return text.replace(MARKS_IN_ORDER, "$1");
}
