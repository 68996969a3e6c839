import { join } from "node:path";
import { createEmbedder } from "../../src/search/embedder/create-embedder.ts";
import { defaultWorkers } from "../../src/search/embedder/embedding-tasks.ts";
import { measureGet } from "./get-latency.ts";
import { measureImport } from "./import-throughput.ts";
import { openIndexPlace, reasonAgainst } from "./indexes.ts";
import { engineProblem, type Libraries, type LibrarySettings, openLibraries } from "./libraries.ts";
import { observeMachine } from "./machine.ts";
import type { BenchEngine, Options } from "./options.ts";
import { openPromptSource } from "./prompt-source.ts";
import { seededRandom } from "./random.ts";
import { countRepeatedWork, type RepeatedWork } from "./repeated-work.ts";
import { type GetRow, type ImportRow, type Report, type SearchRow, type Skipped, TARGETS } from "./report.ts";
import { measureSizes } from "./search-sizes.ts";

/** Measures what the options ask for and can be measured here. `say` hears how far it is. */
export async function runBench(options: Options, say: (text: string) => void): Promise<Report> {
  const machineSinceNow = observeMachine();
  const start = performance.now();
  const skipped: Skipped[] = [];
  const engines = await usable(options.engines, engineProblem, skipped);
  const indexes = await usable(options.indexes, reasonAgainst, skipped);
  const wants = (part: Options["parts"][number]) => options.parts.includes(part) && engines.length > 0;

  const deadline = start + options.minutes * 60_000;
  const first = engines.slice(0, 1);
  const rows = { search: [] as SearchRow[], imports: [] as ImportRow[], get_prompt: [] as GetRow[] };
  let repeated: RepeatedWork | undefined;
  await withPlaces(indexes, async (places) => {
    const using = <T>(place: IndexPlace, some: readonly BenchEngine[], work: Work<T>) =>
      withLibraries({ engines: some, workers: options.workers, environment: place.settings() }, work);

    for (const [index, place] of places) {
      if (wants("import")) {
        say(`${index}: import against bare embedding`);
        rows.imports.push({ index, ...(await using(place, first, (library) => importOf(library, options))) });
      }
      if (wants("get")) {
        say(`${index}: get_prompt during an import`);
        rows.get_prompt.push({ index, ...(await using(place, first, (library) => getsOf(library, options))) });
      }
      if (wants("repeat")) repeated ??= await using(place, first, repeatedIn);
    }
    if (!wants("search")) return;
    // Last, since it takes the longest: when the time is up, only the largest sizes are missing.
    for (const [index, place] of places) {
      await using(place, engines, async (libraries, environment) => {
        const settle = () => place.settle(environment);
        const isOver = () => performance.now() > deadline;
        for await (const row of measureSizes(libraries, options, { settle, isOver })) {
          if ("reason" in row) skipped.push({ what: `${index}, ${row.what}`, reason: row.reason });
          else rows.search.push({ index, ...row });
          say(`${index}: search over ${row.chunks} chunks`);
        }
      });
    }
  });

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

type Work<T> = (libraries: Libraries, environment: Record<string, string>) => Promise<T>;

async function withLibraries<T>(settings: LibrarySettings, work: Work<T>): Promise<T> {
  const libraries = await openLibraries(settings);
  try {
    return await work(libraries, settings.environment);
  } finally {
    await libraries.close();
  }
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
  work: (bare: ReturnType<typeof createEmbedder>) => Promise<T>,
): Promise<T> {
  const bare = createEmbedder(config.embedder, { modelsDir: join(config.dataDir, "models") });
  try {
    return await work(bare);
  } finally {
    await bare.close();
  }
}
