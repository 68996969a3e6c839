import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import type { LibraryFacts } from "../../../domain/ports/backup.ts";
import { schemaVersion } from "../migrator.ts";

/** What is counted, so that a restored library can be held against its backup. */
const COUNTED = [
  "tenants",
  "users",
  "memberships",
  "prompts",
  "versions",
  "labels",
  "api_keys",
  "audit_log",
  "chunks",
] as const;

/** 8 MiB: some milliseconds, after which a call to stop is heard. */
const PAGES_AT_ONCE = 2048;
const BUSY_TIMEOUT_MS = 5_000;

/** The copy is not what was written: its own error, since SQLite's says nothing of it. */
export class NotWhole extends Error {
  override readonly name = "NotWhole";
}

/**
 * Copies a library page by page, by SQLite's own means. What others write meanwhile would begin the copy anew, each time; so
 * its connection keeps the state that it saw first, which under WAL holds up nobody.
 */
export async function writeCopy(
  file: string,
  target: string,
  onProgress: (done: number) => void,
): Promise<LibraryFacts> {
  const source = new Database(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await source.backup(target, {
      progress({ totalPages, remainingPages }) {
        onProgress(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
        return PAGES_AT_ONCE;
      },
    });
  } finally {
    source.close();
  }
  return sealCopy(target);
}

/** Makes one file of it, which needs none beside it to be read, and examines it. */
function sealCopy(target: string): LibraryFacts {
  const copy = new Database(target, { fileMustExist: true });
  try {
    copy.pragma("journal_mode = DELETE");
    forgetHolders(copy);
    return factsOf(copy);
  } finally {
    copy.close();
  }
}

/** Whoever fills the original's index does not fill the copy's, which would wait for them where its index is another one. */
function forgetHolders(copy: Database.Database): void {
  const isThere = copy.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'index_holders'").get();
  if (isThere !== undefined) copy.exec("DELETE FROM index_holders");
}

/** Reads all of a copy. Throws `NotWhole` where it is damaged, and SQLite's error where it is no database. */
export function examineCopy(file: string): LibraryFacts {
  // With a log beside it, it is no copy but a library that somebody has opened.
  if (existsSync(`${file}-wal`))
    throw new NotWhole("it has a write-ahead log beside it, so that it was opened and written to");
  const copy = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return factsOf(copy);
  } finally {
    copy.close();
  }
}

function factsOf(copy: Database.Database): LibraryFacts {
  const problems = copy.prepare<[], string>("PRAGMA integrity_check(3)").pluck().all();
  if (problems.join() !== "ok") throw new NotWhole(problems.join("; "));
  const broken = copy.prepare("PRAGMA foreign_key_check").all();
  if (broken.length > 0) throw new NotWhole(`${broken.length} references lead nowhere`);
  const libraryId = copy.prepare<[], string>("SELECT library_id FROM library").pluck().get();
  if (libraryId === undefined) throw new NotWhole("it has no id");
  const count = (table: string) =>
    copy.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  return {
    libraryId,
    schemaVersion: schemaVersion(copy),
    counts: Object.fromEntries(COUNTED.map((table) => [table, count(table)])),
  };
}
