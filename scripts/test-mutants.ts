/**
 * Plants leaks between tenants in the storage layer, one after the other, and fails when the tests do not notice one.
 * Stryker has no mutator that drops a condition of a query, and would take a run of its own for each.
 */
import { parseArgs } from "node:util";
import { runMutants } from "../test/mutants/run.ts";

const USAGE = `npm run test:mutants -- [flags]

  --shard 1/4       the first of four parts, taken evenly from all files
  --only TEXT       leaks whose place contains the text, such as prompt-store.ts:18
  --json            JSON on standard output`;

const { values } = parseArgs({
  options: {
    shard: { type: "string", default: "1/1" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [, part, parts] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(values.shard) ?? [];
if (values.help || part === undefined) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const report = await runMutants({
  only: values.only,
  part: Number(part),
  parts: Number(parts),
  progress: (line) => console.error(line),
});
if (values.json) console.log(JSON.stringify(report, undefined, 2));
const { made, killed, seconds, mutants, untried } = report;
console.error(`\n${made} leaks planted, ${killed} noticed, in ${seconds} s.`);
if (untried.leaks.length > 0) {
  console.error(`Not planted, since ${untried.reason}: ${untried.leaks.join(", ")}`);
}
for (const { id, source, killer, reaching } of mutants) {
  if (killer === undefined) console.error(`Not noticed by any of ${reaching} tests: ${id} without ${source}`);
}
process.exit(made > 0 && killed === made ? 0 : 1);
