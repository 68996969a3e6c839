import { describe, it } from "vitest";
import { QDRANT_MISSING } from "./qdrant.ts";

const isMissing = QDRANT_MISSING !== undefined;
if (isMissing) console.warn(`Skipped: the tests of Qdrant, since ${QDRANT_MISSING}.`);

/** Skipped, with the reason printed, where no Qdrant server can be run. */
export const describeWithQdrant = describe.skipIf(isMissing);
export const itWithQdrant = it.skipIf(isMissing);
