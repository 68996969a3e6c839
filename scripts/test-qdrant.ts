/**
 * Runs what depends on the search index against a real Qdrant server: the adapters' contract and failures, tenant
 * isolation, operations, MCP. Further arguments go to vitest.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { QDRANT_MISSING } from "../test/support/qdrant.ts";

const SUITES = [
  "test/search/qdrant",
  "test/search/adapters-agree",
  "test/search/generations",
  "test/isolation",
  "test/operations",
  "test/mcp",
];

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const env = { ...process.env, PROMPTFORGE_TEST_INDEX: "qdrant" };

if (QDRANT_MISSING !== undefined) {
  console.error(`Nothing is tested against Qdrant here, since ${QDRANT_MISSING}.`);
}
// Without a server only the tests that say themselves that they are skipped: the others would use another index.
const suites = QDRANT_MISSING === undefined ? SUITES : SUITES.slice(0, 2);
const { status } = spawnSync(process.execPath, [vitest, "run", ...suites, ...process.argv.slice(2)], {
  stdio: "inherit",
  env,
});
process.exit(status ?? 1);
