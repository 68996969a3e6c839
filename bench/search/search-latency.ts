import type { App } from "../../src/app.ts";
import type { Caller } from "../../src/domain/identity.ts";
import type { Options } from "./options.ts";
import type { QueryPair } from "./query-pairs.ts";
import { ratioOf, type Summary, summaryOf } from "./summary.ts";

/** A server that has run for a while has compiled what it runs, and knows the lists of the words that are asked for. */
const WARM_UP_MS = 10_000;

/** As many as a caller of the tool gets unless they say otherwise. */
const LIMIT = 10;

export interface SearchLatency {
  readonly floor: Summary;
  /** The two parts of the floor. */
  readonly embedding: Summary;
  readonly look_up: Summary;
  readonly search: Summary;
  readonly ratio: { readonly p50: number; readonly p99: number };
  /** Searches that found nothing to offer, and those that went by words only. */
  readonly empty: number;
  readonly degraded: number;
}

/**
 * Times of searches through the service, and of what no search can do without: embedding the query, and the index's
 * answer to its vector. One of each in turns, so that what else the machine does meets both.
 */
export async function measureSearch(
  { services, embedder, searchIndex }: Pick<App, "services" | "embedder" | "searchIndex">,
  caller: Caller,
  nextPair: () => QueryPair,
  { warmUp, pairs, budgetMs }: Options["search"],
): Promise<SearchLatency> {
  const times = {
    floor: [] as number[],
    embedding: [] as number[],
    look_up: [] as number[],
    search: [] as number[],
  };
  let empty = 0;
  let degraded = 0;

  async function floor(query: string): Promise<void> {
    const start = performance.now();
    const vector = await embedder.embedQuery(caller.tenantId, query);
    const embedded = performance.now();
    await searchIndex.nearest(caller.tenantId, vector, { filter: {}, limit: LIMIT });
    const end = performance.now();
    times.floor.push(end - start);
    times.embedding.push(embedded - start);
    times.look_up.push(end - embedded);
  }

  async function search(query: string): Promise<void> {
    const start = performance.now();
    const answer = await services.search.search(caller, { query, limit: LIMIT });
    times.search.push(performance.now() - start);
    if (answer.items.length === 0) empty++;
    if (answer.degraded) degraded++;
  }

  async function inTurns(count: number, until: number): Promise<void> {
    for (let done = 0; done < count && performance.now() < until; done++) {
      const [one, other] = nextPair();
      // Neither is always the one that comes after the other.
      if (done % 2 === 0) {
        await floor(one);
        await search(other);
      } else {
        await search(one);
        await floor(other);
      }
    }
  }

  await inTurns(warmUp, performance.now() + WARM_UP_MS);
  for (const list of Object.values(times)) list.length = 0;
  empty = 0;
  degraded = 0;
  await inTurns(pairs, performance.now() + budgetMs);

  const floorTimes = summaryOf(times.floor);
  const searchTimes = summaryOf(times.search);
  return {
    floor: floorTimes,
    embedding: summaryOf(times.embedding),
    look_up: summaryOf(times.look_up),
    search: searchTimes,
    ratio: ratioOf(searchTimes, floorTimes),
    empty,
    degraded,
  };
}
