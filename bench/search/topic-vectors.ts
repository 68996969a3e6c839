import type { Embedder } from "../../src/domain/ports/search.ts";
import type { Random } from "./random.ts";

/** How near the vectors of a topic's chunks are to the topic: a cosine of about 0.7, as of passages about one thing. */
const NEARNESS = 0.7;

/** Makes any number of unit vectors around those that the model gives the topics. */
export async function topicVectors(
  embedder: Pick<Embedder, "embed">,
  topics: readonly string[],
  random: Random,
) {
  const centres = await embedder.embed("bench", topics);

  return (topic: number): Float32Array => {
    const centre = centres[topic];
    if (centre === undefined) throw new Error(`There is no topic ${topic}.`);
    const noise = unit(centre.map(() => random.next() - 0.5));
    const apart = Math.sqrt(1 - NEARNESS ** 2);
    return unit(centre.map((value, at) => NEARNESS * value + apart * (noise[at] ?? 0)));
  };
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}
