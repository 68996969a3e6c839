/**
 * An FTS5 query for words in one tenant's prompts. Terms come from users: each is put into a quoted FTS5 string, in
 * which nothing but the quote has a meaning; one that holds no letter or digit ("!!!") matches nothing.
 */
export function wordQuery(tenantId: string, terms: readonly string[], match: "word" | "prefix"): string {
  const words = terms.map((term) => quoted(term) + (match === "prefix" ? "*" : "")).join(" AND ");
  return `tenant:${quoted(tenantToken(tenantId))} AND - tenant:(${words})`;
}

/** An FTS5 query for a word in the names and titles of one tenant's prompts. */
export function titleQuery(tenantId: string, term: string): string {
  return `tenant:${quoted(tenantToken(tenantId))} AND {name title}:${quoted(term)}`;
}

/** The tenant's id as one token of the full-text index. */
export function tenantToken(tenantId: string): string {
  return tenantId.replaceAll("-", "");
}

/** SQLite reads a text that it matches up to its first NUL, which would leave the string open. */
function quoted(term: string): string {
  return `"${term.replaceAll("\0", " ").replaceAll('"', '""')}"`;
}
