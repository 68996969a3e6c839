/**
 * Measures what a library costs in PostgreSQL, as ratios to SQLite in the same run, in turns: reading a prompt, a page of a list in a
 * small tenant and in one of a million prompts, and reads a second of one and of two servers. It asserts nothing. docs/benchmarks.md says
 * what the numbers mean.
 */
import { parseArgs } from "node:util";
import { startPostgres } from "../../test/support/postgres.ts";
import { startQdrant } from "../../test/support/qdrant.ts";
import { observeMachine } from "../search/machine.ts";
import { ratioOf, rounded, summaryOf } from "../search/summary.ts";
import { readsPerSecond } from "./replicas.ts";
import { fillTenant, openWorlds } from "./worlds.ts";

const USAGE = `npm run bench:databases -- [flags]

  --prompts N   of the large tenant (default 1000000)
  --json        JSON on standard output instead of tables`;

const SMALL = 1_000;
const TURNS = 1_500;
const WARM_UP = 200;

const { values } = parseArgs({
  options: {
    prompts: { type: "string", default: "1000000" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const large = Number(values.prompts);
const machine = observeMachine();
const [postgres, qdrant] = [await startPostgres(), await startQdrant()];
const worlds = await openWorlds(postgres, qdrant);
try {
  console.error("get_prompt in both …");
  const [sqlite, pg] = await inTurns(worlds, (world) => world.get());
  console.error(`Filling tenants up to ${large} prompts …`);
  for (const world of worlds) for (const count of [SMALL, large]) await fillTenant(world, count);
  const lists = [];
  for (const world of worlds) {
    for (const depth of ["first", "deep"] as const) {
      console.error(`Pages of lists in ${world.name}, ${depth} …`);
      const [few, many] = await inTurns(
        [SMALL, large].map((count) => ({ list: () => world.list(count, depth) })),
        (tenant) => tenant.list(),
      );
      lists.push({ database: world.name, page: depth, small: few, large: many, ratio: ratioOf(many, few) });
    }
  }
  console.error("Reads a second of one and of two servers …");
  const [one, two] = [await readsPerSecond(postgres, qdrant, 1), await readsPerSecond(postgres, qdrant, 2)];
  const report = {
    machine: machine(),
    get_prompt: { sqlite, postgresql: pg, ratio: ratioOf(pg, sqlite) },
    lists,
    reads_per_second: { one_server: one, two_servers: two, ratio: rounded(two / one) },
  };
  console.log(values.json ? JSON.stringify(report, undefined, 2) : report);
} finally {
  for (const world of worlds) await world.close();
  await postgres.close();
  await qdrant.close();
}

/** Times the same of two things, one and the other in turn. */
async function inTurns<T>(things: readonly T[], work: (thing: T) => Promise<unknown>) {
  const times = things.map((): number[] => []);
  for (let turn = 0; turn < WARM_UP + TURNS; turn++) {
    for (const [at, thing] of things.entries()) {
      const began = performance.now();
      await work(thing);
      if (turn >= WARM_UP) times[at]?.push(performance.now() - began);
    }
  }
  const [first = [], second = []] = times;
  return [summaryOf(first), summaryOf(second)] as const;
}
