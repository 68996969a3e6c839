/** Prints `N passed, N failed, N skipped` from vitest's JSON results; exits 1 when a test failed or none ran. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const results = z
  .object({
    numPassedTests: z.int(),
    numFailedTests: z.int(),
    numPendingTests: z.int(),
    numFailedTestSuites: z.int(),
  })
  .parse(JSON.parse(readFileSync(process.argv[2] ?? "test-results/vitest.json", "utf8")));

console.log(
  `${results.numPassedTests} passed, ${results.numFailedTests} failed, ${results.numPendingTests} skipped`,
);
const ran = results.numPassedTests + results.numFailedTests > 0;
process.exit(ran && results.numFailedTests === 0 && results.numFailedTestSuites === 0 ? 0 : 1);
