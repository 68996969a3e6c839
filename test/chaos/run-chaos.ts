import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { type Library, openLibrary } from "../support/library.ts";
import { overMcp, overRest } from "./attempt.ts";
import { createChaosClient } from "./client.ts";
import { createFaultWindows } from "./fault-windows.ts";
import { faultsOf } from "./faults.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { blame, createTally, type Tally } from "./tally.ts";
import { createTenantLoad, type TenantLoad } from "./tenant-load.ts";

const TENANTS = 4;
/** Between two faults all has to go without one. */
const CALM_MS = 3_000;

export interface ChaosResult extends Tally {
  /** What `reconcile` leaves. */
  readonly index_difference: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Runs a mixed load on three replicas for so many seconds while one thing after the other is broken. */
export async function runChaos(seconds: number, say: (what: string) => void): Promise<ChaosResult> {
  const fleet = await startFleet(say);
  try {
    const library = await openLibrary({
      dataDir: await fleet.folder(),
      environment: { ...fleet.environment, PROMPTFORGE_LOG_LEVEL: "silent" },
    });
    try {
      return await breakThings(fleet, library, seconds, say);
    } finally {
      await library.close();
    }
  } finally {
    await fleet.close();
  }
}

async function breakThings(
  fleet: Fleet,
  library: Library,
  seconds: number,
  say: (what: string) => void,
): Promise<ChaosResult> {
  const tally = createTally();
  const windows = createFaultWindows();
  const canaries = Array.from({ length: TENANTS }, () => `canary${randomUUID().replaceAll("-", "")}`);
  const ids = new Map<string, string>();
  const loads: TenantLoad[] = [];
  for (const [at, canary] of canaries.entries()) {
    const key = await (await library.found(`tenant-${at}`)).key();
    const foreign = () => canaries.filter((other) => other !== canary);
    for (const [way, attempt] of [
      ["rest", overRest(key)],
      ["mcp", overMcp(key)],
    ] as const) {
      const client = createChaosClient({ replicas: fleet.replicas, attempt, windows, tally, foreign });
      loads.push(createTenantLoad({ client, tally, canary, prefix: way, ids }));
    }
  }
  await eventually(() => fleet.ready());

  const startedAt = performance.now();
  const stopping = new AbortController();
  const running = Promise.all(loads.map((load) => load.run(stopping.signal)));
  const made: Record<string, number> = {};
  const faults = faultsOf(fleet, windows);
  const isTime = () => performance.now() - startedAt < seconds * 1000;
  for (let round = 0; round === 0 || isTime(); round++) {
    for (const [name, fault] of faults) {
      if (round > 0 && !isTime()) break;
      await sleep(CALM_MS);
      say(name);
      try {
        await fault();
      } catch (error) {
        blame(tally, "unexpected_errors", `${name}: ${error instanceof Error ? error.message : error}`);
      }
      made[name] = (made[name] ?? 0) + 1;
    }
  }
  await sleep(CALM_MS);
  stopping.abort();
  await running;

  say("reading all that was acknowledged");
  await Promise.all(loads.map((load) => load.verify()));
  say("comparing the index");
  await eventually(() => fleet.indexIsWhole());
  const { left } = await library.app.reconciler.reconcile();
  return {
    ...tally,
    index_difference: left.missing + left.stale + left.orphaned,
    faults: made,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  };
}
