import { foldWord, wordsIn } from "../../domain/words.ts";

/** The fields of a prompt, as weights of its words: a text-search vector tells four of them apart. */
export const WEIGHTS = { name: "A", title: "B", tags: "C", description: "D", content: "D" } as const;

/** Bytes; PostgreSQL takes words of less than 2 KB. */
const LONGEST_WORD = 2_000;

/** PostgreSQL parses a query by recursion, so its length has an end; a term is hardly ever more than one word. */
const MOST_WORDS = 64;

/** The tenant as a word of its own of each of its prompts, which no text has: words hold no colon. */
export function tenantLexeme(tenantId: string): string {
  return quoted(`tenant:${tenantId}`);
}

/** What a text is found by: its words as the index has them. */
export function foldedWords(text: string): string[] {
  return wordsIn(text)
    .map(foldWord)
    .filter((word) => word !== "" && Buffer.byteLength(word) < LONGEST_WORD);
}

/** A query for a term, which may be several words in a row; `undefined` for one that holds no word. */
export function termQuery(term: string, weights = ""): string | undefined {
  return phrase(term, weights === "" ? "" : `:${weights}`);
}

/** A query for all of some terms, each as a prefix; `undefined` when one of them holds no word. */
export function prefixQuery(terms: readonly string[]): string | undefined {
  const queries = terms.map((term) => phrase(term, "", ":*"));
  return queries.includes(undefined) ? undefined : queries.map((query) => `(${query})`).join(" & ");
}

function phrase(term: string, mark: string, lastMark = mark): string | undefined {
  const words = foldedWords(term).slice(0, MOST_WORDS);
  if (words.length === 0) return undefined;
  return words
    .map((word, place) => quoted(word) + (place === words.length - 1 ? lastMark : mark))
    .join(" <-> ");
}

/** As a word of PostgreSQL's own syntax for vectors and queries, in which nothing but quote and backslash has a meaning. */
export function quoted(word: string): string {
  return `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
