import type { App } from "../../src/app.ts";
import type { Actor } from "../../src/domain/identity.ts";
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
  /** The same of this process's CPU time in all rounds together: what others do on the machine moves it less. */
  readonly cpu_ratio: number;
  /** Share of the indexing time in which the embedder had nothing to do. */
  readonly embedder_idle_share: number;
  /** Of the time from the first stored prompt to the last chunk: when the first chunks of all prompts were findable. */
  readonly findable_share: number;
  /** What the share would be if every chunk took equally long and nothing else took time. */
  readonly least_findable_share: number;
}

/** Nothing else takes the prompts. */
const LEASE_MS = 600_000;
const WARM_UP_PROMPTS = 4;

interface Round extends Omit<Slice, "texts"> {
  readonly prompts: number;
  readonly chunks: number;
  readonly bareMs: number;
  readonly bareCpuMs: number;
}

interface Slice {
  /** Those that were embedded. */
  readonly texts: readonly string[];
  readonly storingMs: number;
  /** From there until all first chunks were in the index. */
  readonly firstMs: number;
  readonly indexingMs: number;
  readonly indexingCpuMs: number;
  readonly embedderIdleMs: number;
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
  caller: Actor,
  source: PromptSource,
  { prompts, rounds, budgetMs }: Options["imports"],
): Promise<ImportThroughput> {
  await importSlice(app, bare, caller, slice(source, WARM_UP_PROMPTS));
  const deadline = performance.now() + budgetMs;
  const done: Round[] = [];
  while (done.length < rounds && performance.now() < deadline) {
    const { texts, ...times } = await importSlice(app, bare, caller, slice(source, prompts));
    const { ms, cpuMs } = await timed(() => bare.embed(caller.tenantId, texts));
    done.push({ ...times, prompts, chunks: texts.length, bareMs: ms, bareCpuMs: cpuMs });
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
    cpu_ratio: rounded(sum((round) => round.bareCpuMs) / sum((round) => round.indexingCpuMs)),
    embedder_idle_share: rounded(sum((round) => round.embedderIdleMs) / sum((round) => round.indexingMs)),
    findable_share: rounded(
      sum(({ storingMs, firstMs }) => storingMs + firstMs) /
        sum(({ storingMs, indexingMs }) => storingMs + indexingMs),
    ),
    least_findable_share: rounded(sum((round) => round.prompts) / chunks),
  };
}

/** Stores prompts as callers do, then lets an indexer work until nothing is left. */
async function importSlice(
  app: App,
  bare: Embedder,
  caller: Actor,
  prompts: readonly PromptText[],
): Promise<Slice> {
  const noted = noteWork(bare);
  const findable = new Set<string>();
  let allFindableAt: number | undefined;
  const searchIndex: SearchIndex = {
    ...app.searchIndex,
    async upsert(tenantId, chunks) {
      await app.searchIndex.upsert(tenantId, chunks);
      for (const { promptId, position } of chunks) if (position === 0) findable.add(promptId);
      if (findable.size === prompts.length) allFindableAt ??= performance.now();
    },
  };
  const indexer = createIndexer({
    ...app,
    searchIndex,
    embedder: withCache(noted.embedder),
    leaseMs: LEASE_MS,
  });

  const storing = await timed(async () => {
    for (const { title, content } of prompts) await app.services.prompts.create(caller, { title, content });
  });
  const indexing = await timed(() => indexer.drain());
  if (allFindableAt === undefined) throw new Error("Not every prompt of the import has been indexed.");
  return {
    texts: noted.texts,
    storingMs: storing.ms,
    firstMs: allFindableAt - indexing.start,
    indexingMs: indexing.ms,
    indexingCpuMs: indexing.cpuMs,
    embedderIdleMs: indexing.ms - noted.busyMs(),
  };
}

/** An embedder that knows what it embedded, and how long it had anything to do. */
function noteWork(bare: Embedder) {
  const texts: string[] = [];
  let underWay = 0;
  let since = 0;
  let busyMs = 0;
  async function during<T>(work: Promise<T>): Promise<T> {
    if (underWay++ === 0) since = performance.now();
    try {
      return await work;
    } finally {
      if (--underWay === 0) busyMs += performance.now() - since;
    }
  }
  const embedder: Embedder = {
    ...bare,
    split: (...args) => during(bare.split(...args)),
    embed(tenantId, some) {
      texts.push(...some);
      return during(bare.embed(tenantId, some));
    },
  };
  return { embedder, texts, busyMs: () => busyMs };
}

async function timed(work: () => Promise<unknown>) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { start, ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

function slice(source: PromptSource, length: number): PromptText[] {
  return Array.from({ length }, () => source.next());
}
