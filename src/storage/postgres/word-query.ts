import { tenantWords } from "../sql/tenant-words.ts";

/** The fields of a prompt, as weights of its words: a text-search vector tells four of them apart. */
export const WEIGHTS = { name: "A", title: "B", tags: "C", description: "D", content: "D" } as const;

/** Bytes; PostgreSQL takes words of less than 2 KB. */
const LONGEST_WORD = 2_000;

/** PostgreSQL parses a query by recursion, so its length has an end; a term is hardly ever more than one word. */
const MOST_WORDS = 64;

/** So much of a tenant's id stands before each word. Should two tenants share it, `words_matching` still tells whose a prompt is. */
const MARK_LENGTH = 12;

/** The words of a text as the index has them. */
export function indexedWords(tenantId: string, text: string): string[] {
  return tenantWords(`${tenantId.slice(-MARK_LENGTH)}:`, text).filter(
    (word) => Buffer.byteLength(word) < LONGEST_WORD,
  );
}

/** A query for a term, which may be several words in a row, among a tenant's words; `undefined` for one that holds no word. */
export function termQuery(tenantId: string, term: string, weights = ""): string | undefined {
  return phrase(indexedWords(tenantId, term), weights === "" ? "" : `:${weights}`);
}

/** A query for all of some terms, each as a prefix, among a tenant's words; `undefined` when one of them holds no word. */
export function prefixQuery(tenantId: string, terms: readonly string[]): string | undefined {
  const queries = terms.map((term) => phrase(indexedWords(tenantId, term), "", ":*"));
  return queries.includes(undefined) ? undefined : queries.map((query) => `(${query})`).join(" & ");
}

function phrase(words: readonly string[], mark: string, lastMark = mark): string | undefined {
  if (words.length === 0) return undefined;
  const first = words.slice(0, MOST_WORDS);
  return first
    .map((word, place) => quoted(word) + (place === first.length - 1 ? lastMark : mark))
    .join(" <-> ");
}

/** As a word of PostgreSQL's own syntax for vectors and queries, in which nothing but quote and backslash has a meaning. */
export function quoted(word: string): string {
  return `'${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
