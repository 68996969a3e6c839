import { describe } from "vitest";

/** Whether the tests keep their libraries in PostgreSQL, and none in a file. */
export const inPostgres = process.env["PROMPTFORGE_TEST_DATABASE"] === "postgres";

/** Skipped, with the reason printed, where libraries are in PostgreSQL. */
export function describeWithSqlite(what: string, reason: string) {
  if (inPostgres) console.warn(`Skipped: ${what}, since ${reason}.`);
  return describe.skipIf(inPostgres);
}

/** Settings that keep a library and its index in its folder, whatever the tests keep theirs in. */
export const IN_FOLDER = { DATABASE_URL: "", DATABASE_OWNER_URL: "", QDRANT_URL: "" };
