/** Fails when a module of src, or of the folder named, imports what its layer may not; a part of `npm run lint`. */
import { fileURLToPath } from "node:url";
import { findBreaches } from "./layers/breaches.ts";
import { COMPUTED_IMPORTS, LAYERS } from "./layers/table.ts";

const root = process.argv[2] ?? fileURLToPath(new URL("../src", import.meta.url));
const breaches = findBreaches(root, { layers: LAYERS, computed: COMPUTED_IMPORTS });
for (const breach of breaches) console.error(breach);
if (breaches.length > 0) {
  console.error(`\n${breaches.length} against the direction of the layers: see scripts/layers/table.ts.`);
  process.exitCode = 1;
}
