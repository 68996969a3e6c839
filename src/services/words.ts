/** More words than this do not make a search better. */
const MAX_WORDS = 32;

/** The distinct words of a text in lower case, in order, split as the full-text index splits them. */
export function wordsOf(text: string): string[] {
  const words =
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? [];
  return [...new Set(words)].slice(0, MAX_WORDS);
}
