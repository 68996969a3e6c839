import { afterAll } from "vitest";
import { type QdrantServer, startQdrant } from "./qdrant.ts";

let server: Promise<QdrantServer> | undefined;

// One server for all libraries of a test file.
afterAll(async () => (await server)?.close());

const collections = new Map<string, string>();

/** Settings that keep the index of the library in a folder in a collection of its own. */
export async function qdrantSettings(dataDir: string): Promise<Record<string, string>> {
  server ??= startQdrant();
  const collection = collections.get(dataDir) ?? `library-${collections.size}`;
  collections.set(dataDir, collection);
  const { url, apiKey } = await server;
  return { QDRANT_URL: url, QDRANT_API_KEY: apiKey, PROMPTFORGE_QDRANT_COLLECTION: collection };
}
