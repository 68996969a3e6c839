/**
 * Measures search, imports, and what an import does to other calls, each as a ratio to what it cannot do without, taken
 * in the same run. It asserts nothing. docs/benchmarks.md says what the numbers mean.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runBench } from "./bench.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { reportText } from "./report-text.ts";

const options = optionsOrExit();
const removeFiles = keepFilesTogether();
try {
  const report = await runBench(options, (text) => console.error(text));
  console.log(options.json ? JSON.stringify(report, undefined, 2) : reportText(report));
} finally {
  removeFiles();
}

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

/** A folder for all that is written: a gigabyte at 100,000 chunks, which an interrupted run leaves no more than another. */
function keepFilesTogether(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "promptforge-bench-"));
  process.env["TMPDIR"] = folder;
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  for (const [signal, code] of [["SIGINT", 130] as const, ["SIGTERM", 143] as const]) {
    process.once(signal, () => {
      // After what others do at the exit, which is to end the programs that write there.
      process.once("exit", remove);
      process.exit(code);
    });
  }
  return remove;
}
