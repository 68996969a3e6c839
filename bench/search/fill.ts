import { hash, randomUUID } from "node:crypto";
import type { App } from "../../src/app.ts";
import type { Caller } from "../../src/domain/identity.ts";
import type { IndexedChunk } from "../../src/domain/ports/search.ts";
import type { Split } from "../../src/domain/ports/splits.ts";
import { CHUNK_LETTERS, type PromptSource, type PromptText } from "./prompt-source.ts";

const PROMPTS_AT_ONCE = 200;

export interface Filling {
  prompts: number;
  chunks: number;
}

/**
 * Stores prompts with their words and their vectors until the tenant has so many chunks: as an import and the indexer
 * do, but that the vectors are made up and nothing waits to be indexed.
 */
export async function fill(
  { storage, searchIndex }: Pick<App, "storage" | "searchIndex">,
  { tenantId, userId }: Caller,
  from: { readonly source: PromptSource; readonly vectorOf: (topic: number) => Float32Array },
  filled: Filling,
  chunksWanted: number,
): Promise<Filling> {
  let { prompts, chunks } = filled;
  while (chunks < chunksWanted) {
    const batch: { row: ReturnType<typeof rowOf>; chunks: IndexedChunk[] }[] = [];
    while (batch.length < PROMPTS_AT_ONCE && chunks < chunksWanted) {
      const text = from.source.next();
      const row = rowOf(text, `bench/p${++prompts}`, userId);
      const pieces = chunksOf(row.prompt.id, text, chunksWanted - chunks, from.vectorOf);
      chunks += pieces.length;
      batch.push({ row, chunks: pieces });
    }
    await storage.tenant(tenantId).write(async (store) => {
      for (const { row } of batch) {
        await store.prompts.insert(row.prompt);
        await store.versions.insert(row.version);
        await store.words.put(row.words);
      }
    });
    await searchIndex.upsert(
      tenantId,
      batch.flatMap((entry) => entry.chunks),
    );
    await storage.splits.put(
      batch.map(({ row, chunks: { length } }) => splitOf(tenantId, row.version, length)),
    );
  }
  return { prompts, chunks };
}

function rowOf({ title, content }: PromptText, name: string, authorId: string) {
  const id = randomUUID();
  const at = new Date();
  const head = { title, description: "", tags: [], arguments: [] };
  const contentHash = hash("sha256", content);
  return {
    prompt: {
      id,
      name,
      ...head,
      latestVersion: 1,
      authorId,
      createdAt: at,
      updatedAt: at,
      archivedAt: undefined,
    },
    version: {
      promptId: id,
      number: 1,
      ...head,
      content,
      config: {},
      contentHash,
      authorId,
      changeNote: "",
      createdAt: at,
    },
    words: { promptId: id, name, title, description: "", tags: [], content },
  };
}

function splitOf(
  tenantId: string,
  { promptId, number: version, content }: ReturnType<typeof rowOf>["version"],
  total: number,
): Split {
  const spans = Array.from({ length: total }, (_, position) => ({
    start: position * CHUNK_LETTERS,
    end: Math.min(content.length, (position + 1) * CHUNK_LETTERS),
  }));
  return { tenantId, promptId, version, spans };
}

function chunksOf(
  promptId: string,
  { content, topic }: PromptText,
  most: number,
  vectorOf: (topic: number) => Float32Array,
): IndexedChunk[] {
  const total = Math.min(most, Math.ceil(content.length / CHUNK_LETTERS));
  return Array.from({ length: total }, (_, position) => ({
    promptId,
    version: 1,
    position,
    total,
    vector: vectorOf(topic),
  }));
}
