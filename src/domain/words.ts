import { composed } from "./composed.ts";

/** What the full-text index takes for one word. */
const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu;
/** Accents, which the full-text index does not tell apart. */
const ACCENTS = /[\u0300-\u036f]/g;

/** The words of a text in lower case, in order, split as the full-text index splits them. */
export function wordsIn(text: string): string[] {
  return composed(text).toLowerCase().match(WORD) ?? [];
}

/** The form under which words that the full-text index takes for equal are equal: lower case, without accents. */
export function foldWord(word: string): string {
  return word.normalize("NFD").replace(ACCENTS, "").normalize("NFC").toLowerCase();
}

/** A text with some of its words put in place by others; `replacements` knows words as `wordsIn` gives them. */
export function replaceWords(text: string, replacements: ReadonlyMap<string, string>): string {
  if (replacements.size === 0) return text;
  return composed(text).replace(WORD, (word) => replacements.get(word.toLowerCase()) ?? word);
}
