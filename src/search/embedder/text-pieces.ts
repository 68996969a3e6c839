import type { TextMeasure } from "./split-text.ts";

/** A word or a sign of a text, short enough that no tokenizer makes many tokens of it. Offsets are UTF-16. */
export interface TextPiece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Tokens that most models make of it, guessed high. */
  readonly estimate: number;
}

/** Scripts that are written without spaces: each character for itself. */
const UNSPACED = "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}";
const PIECE = new RegExp(
  `[${UNSPACED}]|(?<latin>\\p{Script=Latin}{1,20})|(?<letters>[[\\p{L}\\p{M}\\p{N}]--[${UNSPACED}\\p{Script=Latin}]]{1,20})|\\S`,
  "gv",
);
const LATIN_LETTERS_A_TOKEN = 4;
const OTHER_LETTERS_A_TOKEN = 2;

/** All of a text but its white space, in order. */
export function* textPieces(text: string): IterableIterator<TextPiece> {
  for (const match of text.matchAll(PIECE)) {
    const [piece] = match;
    const { latin, letters } = match.groups ?? {};
    const lettersAToken = latin ? LATIN_LETTERS_A_TOKEN : letters ? OTHER_LETTERS_A_TOKEN : piece.length;
    yield {
      start: match.index,
      end: match.index + piece.length,
      text: piece,
      estimate: Math.ceil(piece.length / lettersAToken),
    };
  }
}

/** Measures a text for models whose tokenizer is not at hand. */
export const ESTIMATED_TOKENS: TextMeasure = {
  *atoms(text) {
    for (const { start, end, estimate } of textPieces(text))
      yield { start, end, tokens: { length: estimate } };
  },
};

/** The start of a text, up to the word with which it would have more than so many tokens. */
export function cutToFit(measure: TextMeasure, text: string, tokens: number): string {
  let count = 0;
  for (const atom of measure.atoms(text)) {
    count += atom.tokens.length;
    if (count > tokens) return text.slice(0, atom.start);
  }
  return text;
}
