import { existsSync } from "node:fs";
import { QDRANT_MISSING } from "../support/qdrant.ts";
import { type Lane, openLane } from "./lane.ts";
import { allLeaks, type Leak } from "./leaks.ts";
import { CONTRACT_NAMES, type ContractName, NONE, type Trial } from "./trials.ts";

export interface MutantOptions {
  /** Only leaks whose place contains it. */
  readonly only: string;
  /** Of `parts`, from 1. */
  readonly part: number;
  readonly parts: number;
  readonly progress: (line: string) => void;
}

export interface Mutant {
  readonly id: string;
  /** The condition that was dropped. */
  readonly source: string;
  /** How many tests ask for it. */
  readonly reaching: number;
  /** The first test that noticed, and what it said; `undefined` when none did. */
  readonly killer: { readonly test: string; readonly reason: string } | undefined;
}

export interface MutantReport {
  readonly made: number;
  readonly killed: number;
  readonly mutants: readonly Mutant[];
  /** Leaks that cannot be tried here, and why. */
  readonly untried: { readonly leaks: readonly string[]; readonly reason: string | undefined };
  readonly seconds: number;
}

/** Thousands of small commits, none of which has to last: a file system in memory, where there is one. */
const MEMORY = "/dev/shm";

/** Trials at once, each in a process of its own. */
const LANES = 2;
/** Leaks of one run: each begins with a new process. */
const LEAKS_AT_ONCE = 16;

/**
 * Runs every contract without a leak, to see which test asks for which condition; then, for each leak, those that ask for
 * it, up to the first that fails. Throws when a test fails without any leak.
 */
export async function runMutants({ only, part, parts, progress }: MutantOptions): Promise<MutantReport> {
  const started = performance.now();
  if (existsSync(MEMORY)) process.env["TMPDIR"] = MEMORY;
  const asked = allLeaks()
    .filter(({ id }) => id.includes(only))
    .filter((_, place) => place % parts === part - 1);
  const { planted = [], untried = [] } = Object.groupBy(asked, (leak) =>
    QDRANT_MISSING !== undefined && isInQdrant(leak) ? "untried" : "planted",
  );
  const lanes = await Promise.all(Array.from({ length: LANES }, openLane));
  const mutants: Mutant[] = [];
  try {
    const reaching = await reachingTests(lanes);
    await share(lanes, chunksOf(planted), async (lane, leaks) => {
      for (const mutant of await tryLeaks(lane, leaks, reaching)) {
        mutants.push(mutant);
        progress(lineOf(mutant));
      }
    });
  } finally {
    for (const lane of lanes) await lane.close();
  }
  return {
    made: mutants.length,
    killed: mutants.filter(({ killer }) => killer !== undefined).length,
    mutants: mutants.toSorted((a, b) => a.id.localeCompare(b.id)),
    untried: { leaks: untried.map(({ id }) => id), reason: QDRANT_MISSING },
    seconds: Math.round((performance.now() - started) / 1000),
  };
}

function isInQdrant({ condition }: Leak): boolean {
  return condition.form === "filter";
}

/** Gives each lane the next piece of work as soon as it has done the one before. */
async function share<Work>(
  lanes: readonly Lane[],
  works: readonly Work[],
  work: (lane: Lane, one: Work) => Promise<void>,
): Promise<void> {
  const waiting = [...works];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(lane, next);
    }),
  );
}

/** The tests that ask for the condition of each leak. */
async function reachingTests(lanes: readonly Lane[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const contracts = CONTRACT_NAMES.filter((name) => name !== "Qdrant" || QDRANT_MISSING === undefined);
  const reaching = new Map<string, string[]>();
  await share(lanes, contracts, async (lane, contract) => {
    for (const { test, reached, failure } of await lane.run([{ leak: NONE, contracts: [contract] }])) {
      if (failure !== undefined) throw new Error(`A test fails without any leak: ${test}: ${failure}`);
      for (const leak of reached) reaching.set(leak, [...(reaching.get(leak) ?? []), test]);
    }
  });
  return reaching;
}

async function tryLeaks(
  lane: Lane,
  leaks: readonly Leak[],
  reaching: ReadonlyMap<string, readonly string[]>,
): Promise<Mutant[]> {
  const trials = leaks.map(({ id: leak }): Trial => {
    const only = reaching.get(leak) ?? [];
    return { leak, only, contracts: CONTRACT_NAMES.filter((name) => only.some((test) => isOf(name, test))) };
  });
  const outcomes = await lane.run(trials);
  return leaks.map(({ id, condition }) => {
    const failed = outcomes.find(({ leak, failure }) => leak === id && failure !== undefined);
    return {
      id,
      source: condition.source.replaceAll(/\s+/g, " "),
      reaching: reaching.get(id)?.length ?? 0,
      killer: failed && { test: failed.test, reason: failed.failure ?? "" },
    };
  });
}

function isOf(contract: ContractName, test: string): boolean {
  return test.startsWith(`${contract} > `);
}

function chunksOf(leaks: readonly Leak[]): Leak[][] {
  return Array.from({ length: Math.ceil(leaks.length / LEAKS_AT_ONCE) }, (_, n) =>
    leaks.slice(n * LEAKS_AT_ONCE, (n + 1) * LEAKS_AT_ONCE),
  );
}

function lineOf({ id, source, reaching, killer }: Mutant): string {
  const outcome = killer?.test ?? `NOT NOTICED by the ${reaching} tests that ask for it`;
  return `${id} without ${source}: ${outcome}`;
}
