/** Kills a server under writes 100 times, or as often as told, and fills its disk: `npm run test:crash -- --rounds 20`. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "100" } } });
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run", "test/durability"], {
  stdio: "inherit",
  env: { ...process.env, PROMPTFORGE_TEST_CRASH_ROUNDS: values.rounds },
});
process.exit(status ?? 1);
