import { existsSync } from "node:fs";
import { openLane } from "./lane.ts";
import { allLeaks, type Leak } from "./leaks.ts";

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
  /** The first test that noticed; `undefined` when none did. */
  readonly killer: string | undefined;
}

export interface MutantReport {
  readonly made: number;
  readonly killed: number;
  readonly mutants: readonly Mutant[];
  readonly seconds: number;
}

/** Thousands of small commits, none of which has to last: a file system in memory, where there is one. */
const MEMORY = "/dev/shm";

/** Leaks tried at once, each by a worker of its own. */
const LANES = 2;

/** Plants one leak after the other. Throws when the tests fail without any, or when a leak breaks them before they can tell. */
export async function runMutants({ only, part, parts, progress }: MutantOptions): Promise<MutantReport> {
  const started = performance.now();
  if (existsSync(MEMORY)) process.env["TMPDIR"] = MEMORY;
  const waiting = allLeaks()
    .filter(({ id }) => id.includes(only))
    .filter((_, place) => place % parts === part - 1);
  const lanes = await Promise.all(Array.from({ length: LANES }, openLane));
  const mutants: Mutant[] = [];

  async function work({ killerOf }: (typeof lanes)[number]): Promise<void> {
    for (let leak = waiting.shift(); leak !== undefined; leak = waiting.shift()) {
      const killer = await killerOf(leak);
      mutants.push({ id: leak.id, source: leak.condition.source, killer });
      progress(lineOf(leak, killer));
    }
  }

  try {
    await lanes[0]?.assertGreen();
    await Promise.all(lanes.map(work));
  } finally {
    for (const lane of lanes) await lane.close();
  }
  return {
    made: mutants.length,
    killed: mutants.filter(({ killer }) => killer !== undefined).length,
    mutants: mutants.toSorted((a, b) => a.id.localeCompare(b.id)),
    seconds: Math.round((performance.now() - started) / 1000),
  };
}

function lineOf({ id, condition }: Leak, killer: string | undefined): string {
  return killer === undefined
    ? `NOT NOTICED  ${id}  without ${condition.source}`
    : `noticed      ${id}  without ${condition.source}: ${killer}`;
}
