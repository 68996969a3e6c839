import { wordsIn } from "../domain/words.ts";

/** More words than this do not make a search better. */
const MAX_WORDS = 32;

/** The distinct words of a query in lower case, in order. */
export function wordsOf(text: string): string[] {
  return [...new Set(wordsIn(text))].slice(0, MAX_WORDS);
}
