/**
 * Measures search, imports, and what an import does to other calls, each as a ratio to what it cannot do without, taken
 * in the same run. It asserts nothing. docs/benchmarks.md says what the numbers mean.
 */
import { runBench } from "./bench.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { reportText } from "./report-text.ts";

const options = optionsOrExit();
// By way of `exit`, at which what was started is ended.
process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
const report = await runBench(options, (text) => console.error(text));
console.log(options.json ? JSON.stringify(report, undefined, 2) : reportText(report));

function optionsOrExit(): Options {
  try {
    const read = readOptions(process.argv.slice(2));
    if (!read.help) return read;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}
