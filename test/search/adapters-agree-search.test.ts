import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect } from "vitest";
import type { IndexedChunk } from "../../src/domain/ports/search.ts";
import { createQdrantIndex } from "../../src/search/index/qdrant.ts";
import { createSearchService } from "../../src/services/search.ts";
import type { SearchHit } from "../../src/services/search-hit.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { phrase } from "../support/phrases.ts";
import { startQdrant } from "../support/qdrant.ts";
import { itWithQdrant } from "../support/with-qdrant.ts";
import { IN_FOLDER } from "../support/with-sqlite.ts";

/** A folder with prompts.jsonl and queries.dev.jsonl; without it, texts are made up. */
const DATA = process.env["PROMPTFORGE_TEST_DATA"];
/** What two programs may differ by when they round. */
const TIE = 0.0002;
const LEAST_AGREEING = 0.95;

interface Sample {
  readonly name: string;
  readonly prompts: readonly { readonly title: string; readonly content: string }[];
  readonly queries: readonly string[];
}

function sample(): Sample {
  if (DATA === undefined) return generated();
  const lines = (file: string) =>
    readFileSync(join(DATA, file), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  return {
    name: "the prompts and queries of PROMPTFORGE_TEST_DATA",
    prompts: lines("prompts.jsonl"),
    queries: lines("queries.dev.jsonl").map(({ query }: { query: string }) => query),
  };
}

function generated(): Sample {
  const prompts = Array.from({ length: 200 }, (_, n) => ({
    title: phrase(2 * n),
    content: `${phrase(2 * n)}. ${phrase(2 * n + 1)}, if asked. Keep to ${3 + (n % 9)} points.`,
  }));
  const queries = Array.from({ length: 100 }, (_, n) => {
    const [some, other] = [phrase(3 * n + 1), phrase(4 * n)];
    return [some.toLowerCase(), `${some}, but ${other.toLowerCase()}`, some.slice(0, -2)][n % 3] ?? some;
  });
  return { name: "made-up prompts and queries", prompts, queries };
}

itWithQdrant(
  `search gives the same first ten over sqlite-vec and over Qdrant, ties aside, with ${sample().name}`,
  { timeout: DATA === undefined ? 120_000 : 3_600_000 },
  async () => {
    const { prompts, queries } = sample();
    const server = await startQdrant();
    const library = await openLibrary({ environment: { ...IN_FOLDER, PROMPTFORGE_EMBEDDER_WORKERS: "2" } });
    try {
      const ada = await library.found("ada");
      for (const { title, content } of prompts)
        await ada.call("create_prompt", { title: title.slice(0, 200), content });
      await library.app.indexer.drain();
      const ways = await bothWays(library, ada, server);
      let agreeing = 0;
      for (const query of queries) {
        const [ours, theirs] = [await ways.sqliteVec(query), await ways.qdrant(query)];
        if (agree(ours, theirs)) agreeing += 1;
      }
      console.log(`The same first ten for ${agreeing} of ${queries.length} queries`);
      expect(agreeing / queries.length).toBeGreaterThanOrEqual(LEAST_AGREEING);
      // Archived, and neither index has heard of it.
      const [query = ""] = queries;
      const [first] = await ways.qdrant(query);
      await ada.call("archive_prompt", { name: first!.id });
      for (const way of [ways.sqliteVec, ways.qdrant]) {
        const left = await way(query);
        expect(left.length).toBeGreaterThan(0);
        expect(left.map(({ id }) => id)).not.toContain(first!.id);
      }
    } finally {
      await library.close();
      await server.close();
    }
  },
);

/** The whole search, with either index holding the very same vectors. */
async function bothWays(
  { app, dataDir }: Library,
  { caller }: TestMember,
  { url, apiKey }: { readonly url: string; readonly apiKey: string },
) {
  const { storage, embedder } = app;
  const { dimensions } = embedder;
  const qdrant = createQdrantIndex({
    url,
    apiKey,
    collection: `test-${randomUUID()}`,
    dimensions,
    storage,
    timeoutMs: 30_000,
  });
  const chunks = chunksIn(join(dataDir, "promptforge.db"));
  for (let from = 0; from < chunks.length; from += 500)
    await qdrant.upsert(caller.tenantId, chunks.slice(from, from + 500));
  expect(await qdrant.count(caller.tenantId)).toBe(await app.searchIndex.count(caller.tenantId));
  const over = (searchIndex: typeof app.searchIndex) => {
    const onDegraded = (reason: unknown) => {
      throw reason;
    };
    const { search } = createSearchService({ storage, embedder, searchIndex, onDegraded });
    return async (query: string) => {
      const { items, closest } = await search(caller, { query, limit: 10 });
      return items.length > 0 ? items : closest;
    };
  };
  return { sqliteVec: over(app.searchIndex), qdrant: over(qdrant) };
}

function chunksIn(file: string): IndexedChunk[] {
  const db = new Database(file, { readonly: true });
  try {
    const rows = db
      .prepare<[], Omit<IndexedChunk, "vector"> & { vector: Buffer }>(
        "select prompt_id as promptId, version, position, total, vector from chunks",
      )
      .all();
    return rows.map(({ vector, ...chunk }) => ({
      ...chunk,
      vector: new Float32Array(new Uint8Array(vector).buffer),
    }));
  } finally {
    db.close();
  }
}

/** Whether two lists are the same but for the order, at the end the choice, of what scores the same. */
function agree(ours: readonly SearchHit[], theirs: readonly SearchHit[]): boolean {
  const last = ours.at(-1)?.score ?? 0;
  const placed = new Map(theirs.map(({ id, score }) => [id, score]));
  return (
    ours.length === theirs.length &&
    ours.every((hit, at) => Math.abs(hit.score - (theirs[at]?.score ?? 0)) <= TIE) &&
    ours.every(({ id, score }) => score <= last + TIE || Math.abs((placed.get(id) ?? 0) - score) <= TIE)
  );
}
