import type { App } from "../../src/app.ts";
import type { Caller } from "../../src/domain/identity.ts";
import type { Embedder, SearchIndex } from "../../src/domain/ports/search.ts";
import { withCache } from "../../src/search/embedder/caching.ts";
import { createIndexer } from "../../src/search/indexer.ts";
import type { Options } from "./options.ts";
import type { PromptSource, PromptText } from "./prompt-source.ts";
import { medianOf, rounded } from "./summary.ts";

export interface ImportThroughput {
  readonly rounds: number;
  readonly prompts: number;
  readonly chunks: number;
  readonly workers: number;
  readonly engine: string | undefined;
  /** Of all rounds together. */
  readonly bare_chunks_per_second: number;
  readonly import_chunks_per_second: number;
  /** Of import to bare embedding: the median round, and each. */
  readonly ratio: number;
  readonly ratios: readonly number[];
  /** Of the time from the first stored prompt to the last chunk: when the first chunks of all prompts were findable. */
  readonly findable_share: number;
  /** What the share would be if every chunk took equally long and nothing else took time. */
  readonly least_findable_share: number;
}

interface Round {
  readonly prompts: number;
  readonly chunks: number;
  readonly storingMs: number;
  readonly firstMs: number;
  readonly indexingMs: number;
  readonly bareMs: number;
}

/**
 * Imports slices of prompts, and after each embeds the very texts that the indexer embedded, on the very same workers,
 * with nothing else to do.
 *
 * @param bare without a cache.
 */
export async function measureImport(
  app: App,
  bare: Embedder,
  caller: Caller,
  source: PromptSource,
  { prompts, rounds, budgetMs }: Options["imports"],
): Promise<ImportThroughput> {
  await importSlice(app, bare, caller, slice(source, 4));
  const deadline = performance.now() + budgetMs;
  const done: Round[] = [];
  while (done.length < rounds && performance.now() < deadline) {
    const { texts, ...times } = await importSlice(app, bare, caller, slice(source, prompts));
    const start = performance.now();
    await bare.embed(texts);
    done.push({ ...times, prompts, chunks: texts.length, bareMs: performance.now() - start });
  }

  const sum = (of: (round: Round) => number) => done.reduce((total, round) => total + of(round), 0);
  const chunks = sum((round) => round.chunks);
  const ratios = done.map((round) => round.bareMs / round.indexingMs);
  const { workers, engine } = bare.describe();
  return {
    rounds: done.length,
    prompts: sum((round) => round.prompts),
    chunks,
    workers,
    engine,
    bare_chunks_per_second: rounded((1000 * chunks) / sum((round) => round.bareMs)),
    import_chunks_per_second: rounded((1000 * chunks) / sum((round) => round.indexingMs)),
    ratio: rounded(medianOf(ratios)),
    ratios: ratios.map(rounded),
    findable_share: rounded(
      sum(({ storingMs, firstMs }) => storingMs + firstMs) /
        sum(({ storingMs, indexingMs }) => storingMs + indexingMs),
    ),
    least_findable_share: rounded(sum((round) => round.prompts) / chunks),
  };
}

/** Stores prompts as callers do, then lets an indexer work until nothing is left. */
async function importSlice(app: App, bare: Embedder, caller: Caller, prompts: readonly PromptText[]) {
  const texts: string[] = [];
  const noting: Embedder = {
    ...bare,
    embed(some) {
      texts.push(...some);
      return bare.embed(some);
    },
  };
  const begun = new Set<string>();
  let firstAt = 0;
  const watched: SearchIndex = {
    ...app.searchIndex,
    async upsert(tenantId, chunks) {
      await app.searchIndex.upsert(tenantId, chunks);
      for (const { promptId, position } of chunks) if (position === 0) begun.add(promptId);
      if (begun.size === prompts.length && firstAt === 0) firstAt = performance.now();
    },
  };
  const indexer = createIndexer({
    ...app,
    searchIndex: watched,
    embedder: withCache(noting),
    leaseMs: 600_000,
  });

  const start = performance.now();
  for (const { title, content } of prompts) await app.services.prompts.create(caller, { title, content });
  const stored = performance.now();
  await indexer.drain();
  const end = performance.now();
  if (firstAt === 0) throw new Error("Not every prompt of the import has been indexed.");
  return { texts, storingMs: stored - start, firstMs: firstAt - stored, indexingMs: end - stored };
}

function slice(source: PromptSource, length: number): PromptText[] {
  return Array.from({ length }, () => source.next());
}
