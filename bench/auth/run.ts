/**
 * Measures what authentication costs: in a read, beside reads, and whether its time tells who exists. Each number is a ratio
 * to a floor taken in the same run, in turns. It asserts nothing. docs/benchmarks.md says what the numbers mean.
 */
import { parseArgs } from "node:util";
import { observeMachine } from "../search/machine.ts";
import { measureEnumeration } from "./enumeration.ts";
import { FULL, QUICK } from "./options.ts";
import { measureOverhead } from "./overhead.ts";
import { reportText } from "./report-text.ts";
import { measureSignIns } from "./sign-ins.ts";
import { openWorld } from "./world.ts";

const USAGE = `npm run bench:auth -- [flags]

  --quick     a small form: half a minute
  --json      JSON on standard output instead of tables`;

/** What the ratios are meant to be. Nothing fails when they are not. */
export const TARGETS = {
  get_prompt_p50_at_most: 1.1,
  read_p99_at_most: 2,
  enumeration_within: 0.1,
} as const;

const { values } = parseArgs({
  options: { quick: { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" } },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const options = values.quick ? QUICK : FULL;
const machine = observeMachine();
const world = await openWorld();
try {
  console.error("What authentication adds to get_prompt …");
  const overhead = await measureOverhead(world, options.overhead);
  console.error("Reads beside sign-ins …");
  const reads = await measureSignIns(world, options.signIns);
  console.error("Unknown users and wrong passwords …");
  const enumeration = await measureEnumeration(world, options.enumeration);
  const report = {
    machine: machine(),
    form: values.quick ? "quick" : "full",
    targets: TARGETS,
    get_prompt: overhead,
    reads_during_sign_ins: reads,
    enumeration,
  };
  console.log(values.json ? JSON.stringify(report, undefined, 2) : reportText(report));
} finally {
  await world.close();
}
