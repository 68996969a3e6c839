/**
 * Three replicas on one PostgreSQL and a cluster of three Qdrant nodes, under load, while one thing after the other is killed:
 * `npm run chaos -- --seconds 60 --json`. Exit code 1 when a write that was acknowledged is lost, a tenant reads another's, a call
 * fails that no fault explains, or the index does not become equal to the library.
 */
import { parseArgs } from "node:util";
import { runChaos } from "../test/chaos/run-chaos.ts";
import { POSTGRES_MISSING } from "../test/support/postgres.ts";
import { QDRANT_MISSING } from "../test/support/qdrant.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, json: { type: "boolean", default: false } },
});
const missing = POSTGRES_MISSING ?? QDRANT_MISSING;
if (missing !== undefined) {
  console.error(`Nothing is broken here, since ${missing}.`);
  process.exit(0);
}

const { examples, ...result } = await runChaos(Number(values.seconds), (what) => console.error(`- ${what}`));
for (const example of examples) console.error(example);
if (values.json) console.log(JSON.stringify(result, null, 2));
else console.table(result);
const { lost, foreign_reads, unexpected_errors, index_difference } = result;
process.exit(lost + foreign_reads + unexpected_errors + index_difference === 0 ? 0 : 1);
