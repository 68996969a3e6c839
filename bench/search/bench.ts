import { join } from "node:path";
import type { Embedder } from "../../src/domain/ports/search.ts";
import { createEmbedder } from "../../src/search/embedder/create-embedder.ts";
import { defaultWorkers } from "../../src/search/embedder/embedding-tasks.ts";
import { measureGet } from "./get-latency.ts";
import { measureImport } from "./import-throughput.ts";
import { type IndexPlace, openIndexPlace, reasonAgainst } from "./indexes.ts";
import { engineProblem, type Libraries, openLibraries } from "./libraries.ts";
import { observeMachine } from "./machine.ts";
import type { BenchEngine, IndexName, Options } from "./options.ts";
import { openPromptSource } from "./prompt-source.ts";
import { seededRandom } from "./random.ts";
import { countRepeatedWork, type RepeatedWork } from "./repeated-work.ts";
import { type GetRow, type ImportRow, type Report, type SearchRow, type Skipped, TARGETS } from "./report.ts";
import { measureSizes } from "./search-sizes.ts";

/** Measures what the options ask for and can be measured here. `say` hears how far it is. */
export async function runBench(options: Options, say: (text: string) => void): Promise<Report> {
  const machineSinceNow = observeMachine();
  const start = performance.now();
  const isOver = () => performance.now() - start > options.minutes * 60_000;
  const skipped: Skipped[] = [];
  const engines = await usable(options.engines, engineProblem, skipped);
  const indexes = await usable(options.indexes, reasonAgainst, skipped);
  const wants = (part: Options["parts"][number]) => options.parts.includes(part) && engines.length > 0;

  const search: SearchRow[] = [];
  const imports: ImportRow[] = [];
  const gets: GetRow[] = [];
  let repeated: RepeatedWork | undefined;
  const places = await openPlaces(indexes);
  try {
    for (const { index, using } of places) {
      const first = engines.slice(0, 1);
      if (wants("import")) {
        say(`${index}: import against bare embedding`);
        imports.push({ index, ...(await using(options, first, (opened) => importOf(opened, options))) });
      }
      if (wants("get")) {
        say(`${index}: get_prompt during an import`);
        gets.push({ index, ...(await using(options, first, (opened) => getsOf(opened, options))) });
      }
      if (wants("repeat")) repeated ??= await using(options, first, repeatedIn);
    }
    // Last, since it takes the longest: when the time is up, only sizes are missing.
    for (const { index, using } of wants("search") ? places : []) {
      await using(options, engines, async (libraries, settle) => {
        const measured = await measureSizes(libraries, options, {
          settle,
          isOver,
          say: (text) => say(`${index}: ${text}`),
          skip: (what, reason) => skipped.push({ what: `${index}, ${what}`, reason }),
        });
        search.push(...measured.map((row) => ({ index, ...row })));
      });
    }
  } finally {
    for (const { place } of places) await place.close();
  }

  return {
    machine: machineSinceNow(),
    form: options.quick ? "quick" : "full",
    seconds: Math.round((performance.now() - start) / 1000),
    corpus: options.corpus ?? "examples/prompts",
    workers: options.workers ?? defaultWorkers(),
    targets: TARGETS,
    search,
    imports,
    get_prompt: gets,
    repeated,
    skipped,
  };
}

async function usable<T extends string>(
  wanted: readonly T[],
  problemOf: (one: T) => Promise<string | undefined> | string | undefined,
  skipped: Skipped[],
): Promise<T[]> {
  const found: T[] = [];
  for (const one of wanted) {
    const reason = await problemOf(one);
    if (reason === undefined) found.push(one);
    else skipped.push({ what: one, reason });
  }
  return found;
}

/** Each with a way to do something with a new library there. */
async function openPlaces(indexes: readonly IndexName[]) {
  const places = [];
  for (const index of indexes) {
    const place = await openIndexPlace(index);
    places.push({ index, place, using: usingLibraries(place) });
  }
  return places;
}

function usingLibraries(place: IndexPlace) {
  return async <T>(
    { workers }: Options,
    engines: readonly BenchEngine[],
    work: (libraries: Libraries, settle: () => Promise<boolean>) => Promise<T>,
  ): Promise<T> => {
    const environment = place.settings();
    const libraries = await openLibraries({ engines, workers, environment });
    try {
      return await work(libraries, () => place.settle(environment));
    } finally {
      await libraries.close();
    }
  };
}

function importOf({ app, caller }: Libraries, { corpus, seed, imports }: Options) {
  return withBareEmbedder(app, async (bare) =>
    measureImport(app, bare, caller, await openPromptSource(corpus, seededRandom(seed)), imports),
  );
}

async function getsOf({ app, caller }: Libraries, { corpus, seed, get }: Options) {
  return measureGet(app, caller, await openPromptSource(corpus, seededRandom(seed)), get);
}

function repeatedIn({ app, caller }: Libraries): Promise<RepeatedWork> {
  return withBareEmbedder(app, (bare) => countRepeatedWork(app, bare, caller));
}

/** An embedder as the library's own, but that it keeps nothing. */
async function withBareEmbedder<T>(
  { config }: Libraries["app"],
  work: (bare: Embedder) => Promise<T>,
): Promise<T> {
  const bare = createEmbedder(config.embedder, { modelsDir: join(config.dataDir, "models") });
  try {
    return await work(bare);
  } finally {
    await bare.close();
  }
}
