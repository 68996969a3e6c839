import type { Embedder, SearchIndex } from "../../domain/ports/search.ts";
import type { Storage, UnitOfWork } from "../../domain/ports/storage.ts";
import type { Tracing } from "./tracing.ts";

type Spans = Pick<Tracing, "span" | "isTraced">;

/** A storage whose reads and transactions are spans, where they are part of something: the queues are looked into all the time. */
export function tracedStorage<Kept extends Storage>(storage: Kept, { span, isTraced }: Spans): Kept {
  const traced = <Store>(unit: UnitOfWork<Store>, of: string): UnitOfWork<Store> => {
    const within = <T>(name: string, work: () => Promise<T>) =>
      isTraced() ? span(name, { "db.namespace": of }, work) : work();
    return {
      read: (work) => within("storage read", () => unit.read(work)),
      write: (work) => within("storage transaction", () => unit.write(work)),
    };
  };
  return {
    ...storage,
    tenant: (tenantId) => traced(storage.tenant(tenantId), "tenant"),
    directory: traced(storage.directory, "directory"),
  };
}

/** An embedder whose work is a span. */
export function tracedEmbedder(embedder: Embedder, { span }: Spans): Embedder {
  return {
    ...embedder,
    embedQuery: (tenantId, text) =>
      span("embed query", { "promptforge.tenant": tenantId }, () => embedder.embedQuery(tenantId, text)),
    embed: (tenantId, texts) =>
      span("embed texts", { "promptforge.tenant": tenantId, "promptforge.texts": texts.length }, () =>
        embedder.embed(tenantId, texts),
      ),
  };
}

/** A search index whose looks and writes are spans. */
export function tracedIndex(index: SearchIndex, { span }: Spans): SearchIndex {
  const of = (tenantId: string) => ({ "promptforge.tenant": tenantId });
  return {
    ...index,
    nearest: (tenantId, vector, query) =>
      span("index nearest", of(tenantId), () => index.nearest(tenantId, vector, query)),
    look: (tenantId, vector, query) =>
      span("index look", of(tenantId), () => index.look(tenantId, vector, query)),
    upsert: (tenantId, chunks) =>
      span("index upsert", { ...of(tenantId), "promptforge.chunks": chunks.length }, () =>
        index.upsert(tenantId, chunks),
      ),
    prune: (tenantId, promptId, version) =>
      span("index prune", of(tenantId), () => index.prune(tenantId, promptId, version)),
  };
}
