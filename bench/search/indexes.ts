import { setTimeout as sleep } from "node:timers/promises";
import { openQdrantClient } from "../../src/search/index/qdrant-client.ts";
import { QDRANT_MISSING, startQdrant } from "../../test/support/qdrant.ts";
import type { IndexName } from "./options.ts";

/** A place for vectors, as the settings of libraries name it. */
export interface IndexPlace {
  /** Settings of a library whose vectors are kept here, apart from those of others. */
  settings(): Record<string, string>;
  /** Waits until it has done in the background what it does with what was written; false when that takes too long. */
  settle(environment: Record<string, string>): Promise<boolean>;
  close(): Promise<void>;
}

/** Why an index cannot be measured here; `undefined` when it can. */
export function reasonAgainst(index: IndexName): string | undefined {
  return index === "qdrant" ? QDRANT_MISSING : undefined;
}

/** Qdrant is started, on loopback and in a folder of its own. */
export async function openIndexPlace(index: IndexName): Promise<IndexPlace> {
  if (index === "sqlite-vec") {
    return { settings: () => ({}), settle: async () => true, close: async () => undefined };
  }
  const server = await startQdrant();
  let collections = 0;
  return {
    settings: () => ({
      QDRANT_URL: server.url,
      QDRANT_API_KEY: server.apiKey,
      PROMPTFORGE_QDRANT_COLLECTION: `bench-${++collections}`,
    }),
    settle: ({ PROMPTFORGE_QDRANT_COLLECTION: collection = "" }) => optimised(server, collection),
    close: () => server.close(),
  };
}

const SETTLED_AFTER = 4;
const POLL_MS = 500;
/** The graphs of a million chunks take some minutes. */
const LONGEST_WAIT_MS = 20 * 60_000;

/** Until Qdrant has built its graphs, and says so several times: between two pieces of work it is briefly idle. */
export async function optimised(
  server: { readonly url: string; readonly apiKey: string },
  collection: string,
  longestMs = LONGEST_WAIT_MS,
): Promise<boolean> {
  const client = openQdrantClient({ ...server, timeoutMs: 30_000 });
  const deadline = performance.now() + longestMs;
  for (let settled = 0; settled < SETTLED_AFTER; ) {
    const { status } = await client.getCollection(collection);
    settled = status === "green" ? settled + 1 : 0;
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
