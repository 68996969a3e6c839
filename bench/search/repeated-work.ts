import type { App } from "../../src/app.ts";
import type { Actor } from "../../src/domain/identity.ts";
import type { Embedder } from "../../src/domain/ports/search.ts";
import { withCache } from "../../src/search/embedder/caching.ts";
import { createIndexer } from "../../src/search/indexer.ts";
import { createSearchService } from "../../src/services/search.ts";

export interface RepeatedWork {
  /** Calls of the embedder for the same query, searched twice. */
  readonly first_query: number;
  readonly same_query_again: number;
  /** Texts embedded for prompts that all have the same title and content. */
  readonly equal_prompts: number;
  readonly texts_embedded: number;
}

const EQUAL_PROMPTS = 10;

/** Counts what reaches the model; the same parts as the server's, put together with an embedder that counts. */
export async function countRepeatedWork(app: App, bare: Embedder, caller: Actor): Promise<RepeatedWork> {
  let queries = 0;
  let texts = 0;
  const embedder = withCache({
    ...bare,
    embedQuery(...args) {
      queries++;
      return bare.embedQuery(...args);
    },
    embed(tenantId, some) {
      texts += some.length;
      return bare.embed(tenantId, some);
    },
  });

  const prompt = {
    title: "Explain a query plan",
    content: "Explain this query plan, and what is slow in it.",
  };
  for (let at = 0; at < EQUAL_PROMPTS; at++) await app.services.prompts.create(caller, prompt);
  await createIndexer({ ...app, embedder, leaseMs: 600_000 }).drain();

  const { search } = createSearchService({ ...app, embedder, onDegraded: () => undefined });
  const query = { query: "why is my query slow", limit: 10 };
  await search(caller, query);
  const first = queries;
  await search(caller, query);
  return {
    first_query: first,
    same_query_again: queries - first,
    equal_prompts: EQUAL_PROMPTS,
    texts_embedded: texts,
  };
}
