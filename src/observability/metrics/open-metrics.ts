import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Storage } from "../../domain/ports/storage.ts";
import type { LibraryFigures } from "./library-gauges.ts";
import { measuredEmbedder, measuredSignIn } from "./measured.ts";
import { createMetrics } from "./metrics.ts";

export interface MetricsSources {
  readonly storage: Pick<Storage, "outbox" | "gauges">;
  /** The library's file; `undefined` where it has none. */
  readonly file: string | undefined;
  /** How many tenants have figures of their own. */
  readonly tenants: number;
  readonly indexReady: LibraryFigures["indexReady"];
  readonly newestBackup: LibraryFigures["newestBackup"];
  /** 0: none are made by themselves. */
  readonly backupEverySeconds: number;
  readonly now: () => Date;
}

export type OpenMetrics = ReturnType<typeof openMetrics>;

/** What a server counts, with what it asks the library at each look, and the ways to have other parts measured by it. */
export function openMetrics(sources: MetricsSources) {
  const { storage, tenants, file, backupEverySeconds } = sources;
  const metrics = createMetrics({
    outbox: () => storage.outbox.counts(),
    library: () => storage.gauges(tenants),
    indexReady: sources.indexReady,
    newestBackup: sources.newestBackup,
    backupEverySeconds,
    disk: file === undefined ? undefined : () => diskOf(file),
    now: sources.now,
  });
  return {
    ...metrics,
    embedder: (embedder: Parameters<typeof measuredEmbedder>[0]) => measuredEmbedder(embedder, metrics),
    signIn: <Args extends readonly unknown[], Result>(
      way: "password" | "provider",
      attempt: (...args: Args) => Promise<Result>,
    ) => measuredSignIn(way, attempt, metrics),
  };
}

async function diskOf(file: string) {
  const log = await stat(`${file}-wal`).catch(() => undefined);
  const { bavail, bsize } = await statfs(dirname(file));
  return { log: log?.size ?? 0, free: bavail * bsize };
}
