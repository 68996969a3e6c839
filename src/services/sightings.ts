import type { ChunkHit, Look } from "../domain/ports/search.ts";
import { type MeaningHit, nearnessOf } from "./fusion.ts";

/** What the looks at the index have shown, and what follows from it for what they have not. */
export interface Sightings {
  /** `also`: the prompts that the look was to tell all of. */
  add(look: Look, also: readonly string[]): void;
  /** Prompts that are no longer there. */
  forget(promptIds: readonly string[]): void;
  /** The prompts that were seen. */
  ids(): IterableIterator<string>;
  /** Whether more looks could tell nothing new of a prompt. */
  isKnown(promptId: string): boolean;
  /** What is known of a prompt; `undefined`: it is not in the index. */
  hit(promptId: string): MeaningHit | undefined;
  /** How near a prompt is at most; of one that is known, how near it is. */
  mostNearness(promptId: string): number;
  /** How near one is at most that was not seen; minus infinity where there is none. */
  horizon(): number;
}

export function gatherSightings(): Sightings {
  const best = new Map<string, ChunkHit>();
  const openings = new Map<string, number>();
  const complete = new Set<string>();
  let horizon = Number.POSITIVE_INFINITY;

  function similarityOf(promptId: string): number {
    return best.get(promptId)?.similarity ?? Number.NEGATIVE_INFINITY;
  }

  /** What is nearer than one of the nearest is one of them too. */
  function isKnown(promptId: string): boolean {
    return (
      complete.has(promptId) ||
      (openings.has(promptId) && similarityOf(promptId) >= horizon) ||
      horizon === Number.NEGATIVE_INFINITY
    );
  }

  function hit(promptId: string): MeaningHit | undefined {
    const chunk = best.get(promptId);
    return chunk && { ...chunk, opening: openings.get(promptId) ?? chunk.similarity };
  }

  return {
    add({ chunks, horizon: farthest }, also) {
      for (const chunk of chunks) {
        const { promptId, similarity } = chunk;
        if (similarity > similarityOf(promptId)) best.set(promptId, chunk);
        if (chunk.position === 0) openings.set(promptId, similarity);
      }
      for (const promptId of also) complete.add(promptId);
      horizon = Math.min(horizon, farthest);
    },
    forget(promptIds) {
      for (const promptId of promptIds) {
        best.delete(promptId);
        openings.delete(promptId);
      }
    },
    ids: () => best.keys(),
    isKnown,
    hit,
    mostNearness(promptId) {
      const seen = similarityOf(promptId);
      const [similarity, unseenOpening] = isKnown(promptId)
        ? [seen, seen]
        : [Math.max(seen, horizon), horizon];
      return nearnessOf({ similarity, opening: openings.get(promptId) ?? unseenOpening });
    },
    horizon: () => horizon,
  };
}
