import { stat } from "node:fs/promises";
import type { StorageReport } from "../../domain/ports/storage.ts";
import type { SqliteDatabase } from "./database.ts";
import { schemaVersion } from "./migrator.ts";
import { translateSqliteError } from "./sqlite-errors.ts";

/** What `doctor` shows. The integrity check reads the whole file and blocks the thread meanwhile. */
export async function inspectDatabase(database: SqliteDatabase): Promise<StorageReport> {
  const { file, reader } = database;
  return database.read(async () => ({
    kind: "sqlite",
    location: file,
    bytes: (await sizeOf(file)) + (await sizeOf(`${file}-wal`)),
    schemaVersion: schemaVersion(reader.client),
    integrity: checkIntegrity(database),
    tenants: reader.client.prepare<[], number>("select count(*) from tenants").pluck().get() ?? 0,
  }));
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  return found?.size ?? 0;
}

function checkIntegrity({ reader }: SqliteDatabase): string {
  try {
    const problems = reader.client.prepare<[], string>("pragma quick_check(10)").pluck().all();
    return problems.join("; ");
  } catch (thrown) {
    const error = translateSqliteError(thrown);
    return error instanceof Error ? error.message : String(error);
  }
}
