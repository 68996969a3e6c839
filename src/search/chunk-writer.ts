import type { Embedder, IndexedChunk, SearchIndex, Span } from "../domain/ports/search.ts";
import type { Prompt, Version } from "../domain/prompt.ts";

/** Chunks embedded and written at a time, so that a long prompt does not hold everything in memory. */
const CHUNKS_AT_ONCE = 32;

/** A version, split and ready to be embedded piece by piece. */
export interface ChunkPlan {
  readonly prompt: Prompt;
  readonly version: Version;
  readonly spans: readonly Span[];
  readonly total: number;
}

/** Splits, embeds and writes the chunks of a version. */
export function createChunkWriter(deps: { readonly embedder: Embedder; readonly searchIndex: SearchIndex }) {
  const { embedder, searchIndex } = deps;

  async function writePart(
    { prompt, version, spans, total }: ChunkPlan,
    tenantId: string,
    from: number,
    to: number,
  ) {
    const part = spans.slice(from, to);
    const vectors = await embedder.embed(part.map((span) => chunkText(version, span)));
    const chunks = part.flatMap((span, at): IndexedChunk[] => {
      const vector = vectors[at];
      const position = from + at;
      return vector ? [{ promptId: prompt.id, version: version.number, position, total, span, vector }] : [];
    });
    await searchIndex.upsert(tenantId, chunks);
  }

  return {
    async plan(prompt: Prompt, version: Version): Promise<ChunkPlan> {
      const spans = await embedder.split(version.title, version.content);
      return { prompt, version, spans, total: spans.length };
    },

    /** Writes the chunks at the positions `from` up to `to`, which is not among them. */
    async write(tenantId: string, plan: ChunkPlan, from: number, to: number): Promise<void> {
      for (let at = from; at < to; at += CHUNKS_AT_ONCE) {
        await writePart(plan, tenantId, at, Math.min(at + CHUNKS_AT_ONCE, to));
      }
    },
  };
}

/** The title stands in front of each chunk, so that a piece from the middle still says what it is a piece of. */
function chunkText(version: Version, { start, end }: Span): string {
  return `${version.title}\n${version.content.slice(start, end)}`;
}
