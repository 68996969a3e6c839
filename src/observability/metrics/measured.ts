import { toAppError } from "../../domain/errors.ts";
import type { Embedder } from "../../domain/ports/search.ts";
import type { Metrics } from "./metrics.ts";

/** An embedder whose work is measured. */
export function measuredEmbedder(embedder: Embedder, metrics: Pick<Metrics, "embedded">): Embedder {
  async function measure<T>(kind: "query" | "texts", work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    let ok = false;
    try {
      const result = await work();
      ok = true;
      return result;
    } finally {
      metrics.embedded(kind, performance.now() - started, ok);
    }
  }
  return {
    ...embedder,
    embedQuery: (tenantId, text) => measure("query", () => embedder.embedQuery(tenantId, text)),
    embed: (tenantId, texts) => measure("texts", () => embedder.embed(tenantId, texts)),
  };
}

/** A way to sign in whose attempts are counted. */
export function measuredSignIn<Args extends readonly unknown[], Result>(
  way: "password" | "provider",
  attempt: (...args: Args) => Promise<Result>,
  metrics: Pick<Metrics, "signedIn">,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      const result = await attempt(...args);
      metrics.signedIn(way, "ok");
      return result;
    } catch (error) {
      const { code } = toAppError(error);
      const isOurs = code === "internal" || code === "unavailable";
      metrics.signedIn(way, code === "rate_limited" ? "throttled" : isOurs ? "failed" : "refused");
      throw error;
    }
  };
}
