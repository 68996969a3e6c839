import { describe } from "vitest";
import { POSTGRES_MISSING } from "./postgres.ts";

const isMissing = POSTGRES_MISSING !== undefined;
if (isMissing) console.warn(`Skipped: the tests of PostgreSQL, since ${POSTGRES_MISSING}.`);

/** Skipped, with the reason printed, where no PostgreSQL server can be run. */
export const describeWithPostgres = describe.skipIf(isMissing);
