import { readdir, readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./median.ts";

/** Of the server's process, at one moment. */
export interface Sample {
  readonly at_seconds: number;
  /** After a collection of garbage. */
  readonly heap_mb: number;
  readonly rss_mb: number;
  readonly descriptors: number;
  readonly wal_mb: number;
}

const MB = 1024 * 1024;
const SOON_MS = 20;

/** Asks the process to collect its garbage, waits until it has, and looks at it from outside. */
export async function sampleOf(
  server: { readonly pid: number; readonly heapFile: string; readonly database: string },
  started: number,
): Promise<Sample> {
  const linesOf = async () =>
    (await readFile(server.heapFile, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  const before = (await linesOf()).length;
  process.kill(server.pid, "SIGUSR2");
  let lines = await linesOf();
  while (lines.length === before) {
    await sleep(SOON_MS);
    lines = await linesOf();
  }
  const { heapUsed, rss } = JSON.parse(lines.at(-1) ?? "{}");
  const wal = await stat(`${server.database}-wal`).then(
    ({ size }) => size,
    () => 0,
  );
  return {
    at_seconds: Math.round((performance.now() - started) / 1000),
    heap_mb: round(heapUsed / MB),
    rss_mb: round(rss / MB),
    descriptors: (await readdir(`/proc/${server.pid}/fd`).catch(() => [])).length,
    wal_mb: round(wal / MB),
  };
}

/** What became of them: the medians of the first third after the warm-up, and of the last. */
export function growthOf(samples: readonly Sample[], warmUpSeconds: number) {
  const warm = samples.filter((sample) => sample.at_seconds >= warmUpSeconds);
  const third = Math.max(1, Math.floor(warm.length / 3));
  const [first, last] = [warm.slice(0, third), warm.slice(-third)];
  const of = (some: readonly Sample[], what: "heap_mb" | "descriptors") =>
    median(some.map((one) => one[what]));
  return {
    heap_first_mb: of(first, "heap_mb"),
    heap_last_mb: of(last, "heap_mb"),
    heap_growth_percent: round((100 * (of(last, "heap_mb") - of(first, "heap_mb"))) / of(first, "heap_mb")),
    descriptors_first: of(first, "descriptors"),
    descriptors_last: of(last, "descriptors"),
    wal_most_mb: Math.max(...samples.map(({ wal_mb }) => wal_mb)),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
