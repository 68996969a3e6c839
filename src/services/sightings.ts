import type { ChunkHit, Look } from "../domain/ports/search.ts";
import { type MeaningHit, nearnessOf } from "./fusion.ts";

/** What the looks at the index have shown, and what follows from it for what they have not. */
export interface Sightings {
  /** `also`: the prompts that the look was to tell all of. */
  add(look: Look, also: readonly string[]): void;
  /** The prompts that were seen. */
  ids(): IterableIterator<string>;
  /** Whether more looks could tell nothing new of a prompt. */
  isKnown(promptId: string): boolean;
  /** What is known of a prompt; `undefined`: it is not in the index. */
  hit(promptId: string): MeaningHit | undefined;
  /** How near a prompt is at most. */
  mostNearness(promptId: string): number;
  /** How near one is at most that was not seen; minus infinity where there is none. */
  horizon(): number;
}

export function gatherSightings(): Sightings {
  const best = new Map<string, ChunkHit>();
  const openings = new Map<string, number>();
  const complete = new Set<string>();
  let horizon = Number.POSITIVE_INFINITY;

  return {
    add({ chunks, horizon: farthest }, also) {
      for (const chunk of chunks) {
        const { promptId, similarity } = chunk;
        if (similarity > (best.get(promptId)?.similarity ?? Number.NEGATIVE_INFINITY))
          best.set(promptId, chunk);
        if (chunk.opens) openings.set(promptId, similarity);
      }
      for (const promptId of also) complete.add(promptId);
      horizon = Math.min(horizon, farthest);
    },
    ids: () => best.keys(),
    // Where the opening is among the nearest, so is what is nearer than it.
    isKnown: (promptId) =>
      openings.has(promptId) || complete.has(promptId) || horizon === Number.NEGATIVE_INFINITY,
    hit(promptId) {
      const chunk = best.get(promptId);
      return chunk && { ...chunk, opening: openings.get(promptId) ?? chunk.similarity };
    },
    mostNearness(promptId) {
      const similarity = best.get(promptId)?.similarity ?? horizon;
      return nearnessOf({ similarity, opening: openings.get(promptId) ?? Math.min(similarity, horizon) });
    },
    horizon: () => horizon,
  };
}
