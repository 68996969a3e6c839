/** The test of a Qdrant outage, as long as a bad one: a minute, under writes, and back empty. Arguments go to vitest. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const args = [vitest, "run", "test/search/qdrant-long-outage.test.ts", ...process.argv.slice(2)];
const env = {
  PROMPTFORGE_TEST_OUTAGE_SECONDS: "60",
  PROMPTFORGE_TEST_OUTAGE_WRITES: "300",
  ...process.env,
};
process.exit(spawnSync(process.execPath, args, { stdio: "inherit", env }).status ?? 1);
