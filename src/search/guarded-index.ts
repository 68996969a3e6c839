import { AppError } from "../domain/errors.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { IndexGenerations } from "./index-generations.ts";

/** An index that is not asked while it holds another embedder's vectors, or only some of its own: `unavailable`. */
export function guardedIndex(
  index: SearchIndex,
  generations: Pick<IndexGenerations, "isReady">,
): SearchIndex {
  return {
    ...index,
    async nearest(tenantId, vector, query) {
      if (!(await generations.isReady())) {
        throw new AppError("unavailable", "The search index is being built for this embedding model.");
      }
      return index.nearest(tenantId, vector, query);
    },
  };
}
