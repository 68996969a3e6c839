import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { App } from "../../src/app.ts";
import type { Actor } from "../../src/domain/identity.ts";
import type { Options } from "./options.ts";
import type { Pace } from "./pacer.ts";
import { CHUNK_LETTERS, type PromptSource } from "./prompt-source.ts";
import { sharedClock } from "./shared-clock.ts";
import { ratioOf, type Summary, summaryOf } from "./summary.ts";

export interface GetLatency {
  readonly idle: Summary;
  readonly importing: Summary;
  readonly ratio: { readonly p50: number; readonly p99: number };
  /** False: the import ended early, and some calls that count as made during it were not. */
  readonly imported_throughout: boolean;
}

/** Prompts that are read. */
const READ_PROMPTS = 200;
/** Long enough for the first batch to be under way. */
const LEAD_IN_MS = 500;
/** No worker embeds faster: so long an import does not end before the calls do. */
const LEAST_CHUNK_MS = 20;

/**
 * Times of get_prompt's service, from the moment when another thread asks, which it does at even intervals: what the event
 * loop makes a call wait is in them. Idle and with the indexer at work in turns, a block of calls each.
 */
export async function measureGet(
  app: App,
  caller: Actor,
  source: PromptSource,
  options: Options["get"],
): Promise<GetLatency> {
  const names = await storeImport(app, caller, source, options);
  await app.embedder.embedQuery(caller.tenantId, "warm up");
  const pacer = new Worker(new URL("./pacer.ts", import.meta.url));
  await once(pacer, "online");
  const pace = { calls: Math.ceil(options.calls / options.blocks), everyMs: options.everyMs };
  let calls = 0;
  const block = () =>
    paced(pacer, pace, () => app.services.prompts.get(caller, names[calls++ % names.length] ?? ""));

  const times = { idle: [] as number[], importing: [] as number[] };
  let importedThroughout = true;
  try {
    await block();
    for (let done = 0; done < options.blocks; done++) {
      await sleep(LEAD_IN_MS);
      times.idle.push(...(await block()));
      app.indexer.start();
      await sleep(LEAD_IN_MS);
      times.importing.push(...(await block()));
      const { first, rest } = await app.storage.outbox.counts();
      if (first + rest === 0) importedThroughout = false;
      await app.indexer.stop();
    }
  } finally {
    await pacer.terminate();
  }
  const idle = summaryOf(times.idle);
  const importing = summaryOf(times.importing);
  return { idle, importing, ratio: ratioOf(importing, idle), imported_throughout: importedThroughout };
}

/** Stores more than can be indexed in the time; gives the names of the first prompts. */
async function storeImport(
  { services, embedder }: App,
  caller: Actor,
  source: PromptSource,
  { blocks, calls, everyMs }: Options["get"],
): Promise<string[]> {
  const busyMs = blocks * 2 * LEAD_IN_MS + calls * everyMs;
  const chunks = (busyMs / LEAST_CHUNK_MS) * embedder.describe().workers;
  const names: string[] = [];
  for (let letters = 0; letters < chunks * CHUNK_LETTERS || names.length < READ_PROMPTS; ) {
    const { title, content } = source.next();
    letters += content.length;
    names.push((await services.prompts.create(caller, { title, content })).name);
  }
  return names.slice(0, READ_PROMPTS);
}

/** Makes a call whenever the pacer asks; gives how long after that each was answered. */
async function paced(pacer: Worker, pace: Pace, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const answer = async (askedAt: number) => {
    await call();
    times.push(sharedClock() - askedAt);
    if (times.length === pace.calls) resolve();
  };
  const onAsked = (askedAt: number) => void answer(askedAt).catch(reject);
  pacer.on("message", onAsked);
  pacer.postMessage(pace);
  try {
    await done;
  } finally {
    pacer.off("message", onAsked);
  }
  return times;
}
