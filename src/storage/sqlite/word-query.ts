import { tenantWords } from "../sql/tenant-words.ts";

/** The words of a text as FTS5 is given them. Each is one token: letters, digits, and the dashes and the colon of the tenant's mark. */
export function indexedText(tenantId: string, text: string): string {
  return tenantWords(`${tenantId}:`, text).join(" ");
}

/** An FTS5 query for all of some terms in one tenant's prompts; `undefined` when one of them holds no word ("!!!"). */
export function wordQuery(
  tenantId: string,
  terms: readonly string[],
  match: "word" | "prefix",
): string | undefined {
  const phrases = terms.map((term) => indexedText(tenantId, term));
  return phrases.includes("")
    ? undefined
    : phrases.map((phrase) => `"${phrase}"${match === "prefix" ? "*" : ""}`).join(" AND ");
}

/** An FTS5 query for a word in the names and titles of one tenant's prompts. */
export function titleQuery(tenantId: string, term: string): string | undefined {
  const query = wordQuery(tenantId, [term], "word");
  return query && `{name title}:(${query})`;
}
