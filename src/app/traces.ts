import type { Embedder, SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";

export type Traces = Awaited<ReturnType<typeof openTraces>>;

/** Spans, and the ways to make them of what other parts do. Loaded only where they are wanted. */
export async function openTraces() {
  const [{ openTracing }, traced] = await Promise.all([
    import("../observability/tracing/tracing.ts"),
    import("../observability/tracing/traced.ts"),
  ]);
  const tracing = openTracing();
  return {
    ...tracing,
    storage: <Kept extends Storage>(storage: Kept) => traced.tracedStorage(storage, tracing),
    embedder: (embedder: Embedder) => traced.tracedEmbedder(embedder, tracing),
    index: (index: SearchIndex) => traced.tracedIndex(index, tracing),
  };
}
