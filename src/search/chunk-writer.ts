import type { Embedder, IndexedChunk, SearchIndex, Span } from "../domain/ports/search.ts";
import type { Prompt, Version } from "../domain/prompt.ts";

/** Chunks embedded and written at a time: enough for four workers and few waits for the disk, few enough to stop between them. */
const CHUNKS_AT_ONCE = 8;
/** Splits that are kept for the next slice of the same version. */
const KEPT_PLANS = 8;

/** A version, split and ready to be embedded piece by piece. */
export interface ChunkPlan {
  readonly promptId: string;
  readonly version: Version;
  readonly spans: readonly Span[];
  readonly total: number;
}

/** Splits, embeds and writes the chunks of versions. */
export function createChunkWriter({ embedder }: { readonly embedder: Embedder }) {
  const kept = new Map<string, ChunkPlan>();

  async function writePart(
    index: Pick<SearchIndex, "upsert">,
    tenantId: string,
    plan: ChunkPlan,
    from: number,
    to: number,
  ): Promise<void> {
    const { promptId, version, spans, total } = plan;
    const part = spans.slice(from, to);
    const vectors = await embedder.embed(
      tenantId,
      part.map((span) => chunkText(version, span)),
    );
    const chunks = vectors.map(
      (vector, at): IndexedChunk => ({
        promptId,
        version: version.number,
        position: from + at,
        total,
        vector,
      }),
    );
    await index.upsert(tenantId, chunks);
  }

  return {
    async plan(tenantId: string, prompt: Prompt, version: Version): Promise<ChunkPlan> {
      const key = `${tenantId}/${prompt.id}/${version.number}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const spans = await embedder.split(tenantId, version.title, version.content);
      const plan = { promptId: prompt.id, version, spans, total: spans.length };
      if (plan.total > 1) {
        const [oldest] = kept.keys();
        if (kept.size >= KEPT_PLANS && oldest !== undefined) kept.delete(oldest);
        kept.set(key, plan);
      }
      return plan;
    },

    /** Writes the chunks at the positions `from` up to `to`, which is not among them. Throws when it is told to stop. */
    async write(
      index: Pick<SearchIndex, "upsert">,
      tenantId: string,
      plan: ChunkPlan,
      from: number,
      to: number,
      signal: AbortSignal,
    ): Promise<void> {
      for (let at = from; at < to; at += CHUNKS_AT_ONCE) {
        signal.throwIfAborted();
        await writePart(index, tenantId, plan, at, Math.min(at + CHUNKS_AT_ONCE, to));
      }
    },
  };
}

/** The title stands in front of each chunk, so that a piece from the middle still says what it is a piece of. */
function chunkText(version: Version, { start, end }: Span): string {
  return `${version.title}\n${version.content.slice(start, end)}`;
}
