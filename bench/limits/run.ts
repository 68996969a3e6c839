/**
 * Measures how much a tenant that asks for ten times what it is allowed slows another down, as a ratio to the other's times
 * alone, taken in the same run, in turns; and the same without limits. It asserts nothing. docs/benchmarks.md says what the
 * numbers mean.
 */
import { parseArgs } from "node:util";
import { observeMachine } from "../search/machine.ts";
import { LIMIT, measureNeighbours, type Neighbours } from "./noisy-neighbour.ts";

const USAGE = `npm run bench:limits -- [flags]

  --quick     a small form, shorter than a limit's minute: half a minute
  --json      JSON on standard output instead of text`;

/** What the ratio is meant to be. Nothing fails when it is not. */
const TARGETS = { neighbour_p99_at_most: 1.2 } as const;

const { values } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

// A limit's window is a minute: a block that is shorter sees more of its beginning than of its end.
const quick = { blocks: 2, seconds: 3 };
const form = values.quick
  ? { limited: quick, unlimited: quick }
  : { limited: { blocks: 3, seconds: 60 }, unlimited: { blocks: 4, seconds: 10 } };
const machine = observeMachine();
console.error("A tenant beside one that asks for ten times its limit …");
const limited = await measureNeighbours(form.limited, LIMIT);
console.error("The same without limits …");
const unlimited = await measureNeighbours(form.unlimited, 0);
const report = {
  machine: machine(),
  form: values.quick ? "quick" : "full",
  targets: TARGETS,
  neighbours: { limited, unlimited },
};
console.log(
  values.json ? JSON.stringify(report, undefined, 2) : [lineOf(limited), lineOf(unlimited)].join("\n"),
);

function lineOf({ limit, alone, beside, ratio, noisy }: Neighbours): string {
  const answers = Object.entries(noisy.answers).map(([status, count]) => `${count} x ${status}`);
  return [
    limit === 0 ? "without limits" : `limit of ${limit} a minute`,
    `p50 ${alone.p50_ms} -> ${beside.p50_ms} ms (${ratio.p50})`,
    `p99 ${alone.p99_ms} -> ${beside.p99_ms} ms (${ratio.p99}, target ${limit === 0 ? "none" : TARGETS.neighbour_p99_at_most})`,
    `noisy: ${noisy.per_second} a second (${answers.join(", ")})`,
  ].join("; ");
}
