import { fill } from "./fill.ts";
import type { Libraries } from "./libraries.ts";
import type { Options } from "./options.ts";
import { openPromptSource } from "./prompt-source.ts";
import { queryPairs } from "./query-pairs.ts";
import { seededRandom } from "./random.ts";
import type { SearchRow } from "./report.ts";
import { measureSearch } from "./search-latency.ts";
import { topicVectors } from "./topic-vectors.ts";

type Row = Omit<SearchRow, "index">;

/** Lets a library grow from size to size, and measures search at each, with each engine. */
export async function measureSizes(
  { app, caller, opened }: Libraries,
  { corpus, seed, sizes, search, minutes }: Options,
  {
    settle,
    isOver,
    say,
    skip,
  }: {
    readonly settle: () => Promise<boolean>;
    readonly isOver: () => boolean;
    readonly say: (text: string) => void;
    readonly skip: (what: string, reason: string) => void;
  },
): Promise<Row[]> {
  const random = seededRandom(seed);
  const source = await openPromptSource(corpus, random);
  const vectorOf = await topicVectors(app.embedder, source.topics, random);
  const nextPair = queryPairs(source.topics, random);
  const rows: Row[] = [];
  let filled = { prompts: 0, chunks: 0 };
  for (const size of sizes) {
    if (isOver()) {
      skip(`${size} chunks`, `The ${minutes} minutes are over; --minutes gives more.`);
      continue;
    }
    say(`filling up to ${size} chunks`);
    filled = await fill(app, caller, { source, vectorOf }, filled, size);
    const settled = await settle();
    for (const { engine, app: withEngine } of opened) {
      say(`searching ${size} chunks, ${engine}`);
      const latency = await measureSearch(withEngine, caller, nextPair, search);
      rows.push({ engine, ...filled, settled, ...latency });
    }
  }
  return rows;
}
