import type { Embedder } from "../domain/ports/search.ts";

/** Where a clause ends: a mark followed by a space, or a dash between spaces. */
const BREAK = /(?<=[.!?;:,])\s+|\s+[-–—]\s+/u;
/** A word alone ("first", "please") is no clause. */
const LEAST_WORDS = 2;
/** A query of more clauses is a text that was pasted: it is taken as a whole. */
const MAX_CLAUSES = 8;
/**
 * What the clauses count for beside the query as a whole. 0.2 to 0.7 give the same within 0.002 (docs/search.md): half
 * and half needs no measuring.
 */
const CLAUSE_SHARE = 0.5;

/** The clauses of a query that has several; otherwise none. */
export function clausesOf(query: string): string[] {
  const clauses = query
    .split(BREAK)
    .map((clause) => clause.trim())
    .filter((clause) => clause.split(/\s+/).length >= LEAST_WORDS);
  return clauses.length < 2 || clauses.length > MAX_CLAUSES ? [] : clauses;
}

/**
 * The unit vector that a query is looked for by. Who describes a situation says in one clause how things are and in another
 * what is wanted; the vector of the whole leans to what takes most words, and the mean of the clauses makes up for it.
 */
export async function queryVector(
  embedder: Pick<Embedder, "embedQuery">,
  tenantId: string,
  query: string,
): Promise<Float32Array> {
  const [whole, ...clauses] = await Promise.all(
    [query, ...clausesOf(query)].map((text) => embedder.embedQuery(tenantId, text)),
  );
  if (whole === undefined) throw new Error("Programming error: no vector for a query.");
  return clauses.length === 0 ? whole : mixed(whole, clauses);
}

function mixed(whole: Float32Array, clauses: readonly Float32Array[]): Float32Array {
  const sum = whole.map((component, at) => {
    const ofClauses = clauses.reduce((total, clause) => total + (clause[at] ?? 0), 0) / clauses.length;
    return (1 - CLAUSE_SHARE) * component + CLAUSE_SHARE * ofClauses;
  });
  const length = Math.hypot(...sum);
  return sum.map((component) => component / length);
}
