/**
 * A server under mixed load of several tenants for as long as it is told, watched from outside: heap after collection,
 * descriptors, the write-ahead log, and what was answered. Ends with 1 where a promise was broken.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openLibrary } from "../../test/support/library.ts";
import { serveProgram } from "../../test/support/programs.ts";
import { observeMachine } from "../search/machine.ts";
import { fill, mcpLoad, restLoad, type Tally } from "./load.ts";
import { growthOf, type Sample, sampleOf } from "./watch.ts";

const USAGE = `npm run soak -- [flags]

  --seconds <n>   how long, 180 by default; an hour is 3600
  --tenants <n>   4 by default; each has a script and an MCP client
  --json          JSON on standard output instead of text`;

/** SECURITY 26: over an hour. Less than some minutes is mostly caches that fill, and says nothing of the heap. */
const PROMISES = { heap_growth_percent: 5, descriptors_more: 10, wal_mb: 80 } as const;
const HEAP_COUNTS_FROM_SECONDS = 900;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "180" },
    tenants: { type: "string", default: "4" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const seconds = Number(values.seconds);
const warmUpSeconds = seconds / 3;

const dataDir = await mkdtemp(join(tmpdir(), "promptforge-soak-"));
const heapFile = join(dataDir, "heap.jsonl");
const machine = observeMachine();
const setup = await openLibrary({ dataDir });
const tenants = await Promise.all(
  Array.from({ length: Number(values.tenants) }, async (_, n) => {
    const username = `soak-${n}`;
    return { username, key: await (await setup.found(username)).key() };
  }),
);
await setup.close();
const server = await serveProgram(dataDir, {
  NODE_OPTIONS: `--import ${join(import.meta.dirname, "heap-hook.ts")}`,
  SOAK_HEAP_FILE: heapFile,
  PROMPTFORGE_LOG_LEVEL: "error",
  PROMPTFORGE_METRICS: "loopback",
  ...Object.fromEntries(
    ["READS", "WRITES", "SEARCH", "SIGN_IN"].map((name) => [`PROMPTFORGE_LIMIT_${name}`, "0"]),
  ),
});
const { pid } = server.child;
if (pid === undefined) throw new Error("The server has no process");

const tally: Tally = { calls: 0, byKind: {}, unexpected: {} };
const stopping = new AbortController();
const samples: Sample[] = [];
const started = performance.now();
let broken: unknown;
try {
  await Promise.all(tenants.map((tenant) => fill(server.url, tenant, tally)));
  const load = Promise.all(
    tenants.flatMap((tenant) =>
      [restLoad, mcpLoad].map((kind) => kind(server.url, tenant, tally, stopping.signal)),
    ),
  ).catch((error: unknown) => {
    broken = error;
  });
  const every = Math.max(2, seconds / 30) * 1000;
  while (performance.now() - started < seconds * 1000 && broken === undefined) {
    await sleep(every);
    samples.push(await sampleOf({ pid, heapFile, database: join(dataDir, "promptforge.db") }, started));
    const { heap_mb, rss_mb, descriptors, wal_mb } = samples.at(-1)!;
    console.error(
      `${samples.at(-1)!.at_seconds} s: heap ${heap_mb} MB, rss ${rss_mb} MB, ${descriptors} descriptors, log ${wal_mb} MB, ${tally.calls} calls`,
    );
  }
  stopping.abort();
  await load;
} finally {
  if (broken !== undefined) server.child.kill("SIGKILL");
}
if (broken !== undefined) throw broken;
const exitCode = await server.stop();
await rm(dataDir, { recursive: true, force: true });

const growth = growthOf(samples, warmUpSeconds);
const unexpected = Object.values(tally.unexpected).reduce((sum, count) => sum + count, 0);
const faults = [
  ...(unexpected > 0 ? [`${unexpected} unexpected answers`] : []),
  ...(exitCode === 0 ? [] : [`the server ended with ${exitCode}`]),
  ...(growth.descriptors_last - growth.descriptors_first > PROMISES.descriptors_more
    ? ["descriptors grow"]
    : []),
  ...(growth.wal_most_mb > PROMISES.wal_mb ? ["the write-ahead log grows"] : []),
  ...(seconds >= HEAP_COUNTS_FROM_SECONDS && growth.heap_growth_percent > PROMISES.heap_growth_percent
    ? ["the heap grows"]
    : []),
];
const report = {
  machine: machine(),
  seconds,
  tenants: tenants.length,
  promises: PROMISES,
  heap_counts: seconds >= HEAP_COUNTS_FROM_SECONDS,
  ...growth,
  calls: tally.calls,
  calls_per_second: Math.round(tally.calls / seconds),
  by_kind: tally.byKind,
  unexpected: tally.unexpected,
  faults,
  samples,
};
console.log(values.json ? JSON.stringify(report, undefined, 2) : textOf());
process.exit(faults.length === 0 ? 0 : 1);

function textOf(): string {
  return [
    `${tally.calls} calls of ${tenants.length} tenants in ${seconds} s, ${unexpected} unexpected answers`,
    `heap after collection ${growth.heap_first_mb} -> ${growth.heap_last_mb} MB (${growth.heap_growth_percent} %)`,
    `descriptors ${growth.descriptors_first} -> ${growth.descriptors_last}, write-ahead log at most ${growth.wal_most_mb} MB`,
    ...faults,
  ].join("\n");
}
