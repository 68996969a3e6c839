import { AppError } from "../domain/errors.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { IndexGenerations } from "./index-generations.ts";

/** An index that is not asked while it holds another embedder's vectors, or only some of its own: `unavailable`. */
export function guardedIndex(
  index: SearchIndex,
  generations: Pick<IndexGenerations, "obstacle">,
): SearchIndex {
  async function guarded<Answer>(answer: Promise<Answer>): Promise<Answer> {
    // Both at once: the index is seldom in the way, and mostly far away.
    const [obstacle] = await Promise.all([generations.obstacle(), answer.catch(() => undefined)]);
    if (obstacle !== undefined) throw new AppError("unavailable", obstacle);
    return answer;
  }

  return {
    ...index,
    nearest: (tenantId, vector, query) => guarded(index.nearest(tenantId, vector, query)),
    look: (tenantId, vector, query) => guarded(index.look(tenantId, vector, query)),
  };
}

/** An index that is written to only while this process holds it: what one that was long asleep brings is refused. */
export function heldIndex(
  index: SearchIndex,
  generations: Pick<IndexGenerations, "requireHold">,
): SearchIndex {
  return {
    ...index,
    async upsert(tenantId, chunks) {
      await generations.requireHold();
      await index.upsert(tenantId, chunks);
    },
  };
}
