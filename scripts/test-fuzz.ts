/** Sends 10,000 generated requests, or as many as told, to every route and tool: `npm run test:fuzz -- --requests 2000 --seed 7`. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { requests: { type: "string", default: "10000" }, seed: { type: "string" } },
});
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run", "test/fuzz"], {
  stdio: "inherit",
  env: {
    ...process.env,
    PROMPTFORGE_TEST_FUZZ_REQUESTS: values.requests,
    ...(values.seed === undefined ? {} : { PROMPTFORGE_TEST_FUZZ_SEED: values.seed }),
  },
});
process.exit(status ?? 1);
