/**
 * Runs what depends on the database most against real PostgreSQL and Qdrant servers: the storage contract and what is PostgreSQL's
 * own, tenant isolation, the story, all operations, replicas, and moving there; with `--all`, every test. Further arguments go to vitest.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { POSTGRES_MISSING } from "../test/support/postgres.ts";
import { QDRANT_MISSING } from "../test/support/qdrant.ts";

const SUITES = [
  "test/storage/postgres",
  "test/isolation",
  "test/story",
  "test/operations",
  "test/replicas",
  "test/moving-up",
];

const missing = POSTGRES_MISSING ?? QDRANT_MISSING;
if (missing !== undefined) {
  console.error(`Nothing is tested against PostgreSQL and Qdrant here, since ${missing}.`);
  process.exit(0);
}

const given = process.argv.slice(2);
const suites = given.includes("--all") ? [] : SUITES;
const args = [...suites, ...given.filter((argument) => argument !== "--all")];

const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run", ...args], {
  stdio: "inherit",
  env: { ...process.env, PROMPTFORGE_TEST_DATABASE: "postgres", PROMPTFORGE_TEST_INDEX: "qdrant" },
});
process.exit(status ?? 1);
