/**
 * Measures what quantization costs in recall: one tenant's vectors, as the bench of search makes them, in a
 * real Qdrant. It asserts nothing. docs/scaling.md says what the numbers mean.
 */
import { parseArgs } from "node:util";
import { openLibrary } from "../../test/support/library.ts";
import { QDRANT_MISSING } from "../../test/support/qdrant.ts";
import { observeMachine } from "../search/machine.ts";
import { openPromptSource } from "../search/prompt-source.ts";
import { seededRandom } from "../search/random.ts";
import { topicVectors } from "../search/topic-vectors.ts";
import { measureRecall } from "./recall.ts";

const USAGE = `npm run bench:quantization -- [flags]

  --points 100000    chunks of one tenant
  --queries 200
  --seed 1
  --json             JSON on standard output instead of text`;

const { values } = parseArgs({
  options: {
    points: { type: "string", default: "100000" },
    queries: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help || QDRANT_MISSING !== undefined) {
  console.log(values.help ? USAGE : `Nothing is measured here, since ${QDRANT_MISSING}.`);
  process.exit(0);
}

const machine = observeMachine();
const random = seededRandom(Number(values.seed));
const source = await openPromptSource(undefined, random);
const library = await openLibrary();
const vectorOf = await topicVectors(library.app.embedder, source.topics, random).finally(() =>
  library.close(),
);
const make = (count: number) =>
  Array.from({ length: count }, () => vectorOf(random.below(source.topics.length)));
const [points, queries] = [make(Number(values.points)), make(Number(values.queries))];

const rows = [];
for (const quantization of ["none", "int8"] as const) {
  console.error(`${points.length} points, quantization ${quantization} …`);
  rows.push(...(await measureRecall(quantization, points, queries)));
}
const report = { points: points.length, queries: queries.length, rows, machine: machine() };
if (values.json) console.log(JSON.stringify(report, undefined, 2));
else console.table(rows);
