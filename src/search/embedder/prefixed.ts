import type { Embedder } from "../../domain/ports/search.ts";

export interface Prefixes {
  readonly query: string;
  readonly passage: string;
}

/** Puts in front of each text what its model was trained with: E5, for one, tells "query: " from "passage: ". */
export function withPrefixes(embedder: Embedder, { query, passage }: Prefixes): Embedder {
  if (query === "" && passage === "") return embedder;
  return {
    ...embedder,
    // What stands in front of a query is no part of what is stored.
    fingerprint: passage === "" ? embedder.fingerprint : `${embedder.fingerprint}/${JSON.stringify(passage)}`,
    embedQuery: (text) => embedder.embedQuery(`${query}${text}`),
    embed: (texts) => embedder.embed(texts.map((text) => `${passage}${text}`)),
    split: (heading, text) => embedder.split(`${passage}${heading}`, text),
  };
}
