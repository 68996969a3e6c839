import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PromptFilter } from "../../src/domain/ports/prompt-filter.ts";
import type { ChunkHit, IndexedChunk } from "../../src/domain/ports/search.ts";
import { createQdrantIndex } from "../../src/search/index/qdrant.ts";
import { createSqliteVecIndex } from "../../src/storage/sqlite/vector-index.ts";
import { found, newPrompt } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { type QdrantServer, startQdrant } from "../support/qdrant.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";
import { chunk, randomVectors } from "./search-index-contract.ts";

const DIMENSIONS = 384;
const PROMPTS = 1_000;
const QUERIES = 100;

describeWithQdrant("sqlite-vec and Qdrant", () => {
  let server: QdrantServer;
  beforeAll(async () => {
    server = await startQdrant();
  });
  afterAll(() => server.close());

  it("give the same ten nearest, in the same order, for at least 95 of 100 queries, filtered or not", async () => {
    const storage = await openTemp();
    const { url, apiKey } = server;
    const collection = `test-${randomUUID()}`;
    const adapters = [
      createSqliteVecIndex(storage.database),
      createQdrantIndex({ url, apiKey, collection, dimensions: DIMENSIONS, storage }),
    ];
    const ann = await found(storage);
    const prompts = Array.from({ length: PROMPTS }, (_, n) =>
      newPrompt(ann, { tags: n % 5 ? [] : ["fifth"] }),
    );
    await storage.tenant(ann.tenantId).write(async (tenant) => {
      for (const prompt of prompts) await tenant.prompts.insert(prompt);
    });
    const text = clusters(20);
    const chunks = prompts.flatMap(({ id }, n) =>
      Array.from({ length: 1 + (n % 3) }, (_, position): IndexedChunk => chunk(id, position, text())),
    );
    for (const index of adapters) await index.upsert(ann.tenantId, chunks);

    for (const filter of [{}, { tag: "fifth" }] satisfies PromptFilter[]) {
      let agreed = 0;
      for (let n = 0; n < QUERIES; n++) {
        const query = text();
        const [ours, theirs] = await Promise.all(
          adapters.map((index) => index.nearest(ann.tenantId, query, { filter, limit: 10 })),
        );
        expect(ours).toHaveLength(10);
        if (JSON.stringify(ours!.map(place)) === JSON.stringify(theirs!.map(place))) agreed += 1;
      }
      expect(agreed).toBeGreaterThanOrEqual(95);
    }
  });
});

/** Without the likeness, which two programs round differently in the last digit. */
function place({ promptId, position }: ChunkHit) {
  return { promptId, position };
}

/** Unit vectors around some centres, as texts on some subjects have them. */
function clusters(count: number): () => Float32Array {
  const random = randomVectors(7, DIMENSIONS);
  const centres = Array.from({ length: count }, random);
  let turn = 0;
  return () => {
    const noise = random();
    turn += 1;
    const mixed = centres[turn % count]!.map((component, n) => component + noise[n]! * 0.8);
    const length = Math.hypot(...mixed);
    return mixed.map((component) => component / length);
  };
}
