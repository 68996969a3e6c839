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
    embedQuery: (tenantId, text) => embedder.embedQuery(tenantId, `${query}${text}`),
    embed: (tenantId, texts) =>
      embedder.embed(
        tenantId,
        texts.map((text) => `${passage}${text}`),
      ),
    split: (tenantId, heading, text) => embedder.split(tenantId, `${passage}${heading}`, text),
  };
}
