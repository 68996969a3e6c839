import { fileURLToPath } from "node:url";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import { AppError } from "../../domain/errors.ts";
import type { SqliteConnection } from "./connection.ts";
import { addIncludesFunction } from "./includes-function.ts";
import { addWordsFunction } from "./words-function.ts";

/** From src/storage/sqlite as from dist/storage/sqlite, which are equally deep. */
const MIGRATIONS = fileURLToPath(new URL("../../../src/storage/sqlite/migrations", import.meta.url));

/** drizzle's own table of what was applied: its tools can read the file. */
const CREATE_RECORDS = `CREATE TABLE IF NOT EXISTS __drizzle_migrations (
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  created_at NUMERIC
)`;

type Transaction = (work: () => void) => Promise<void>;

/**
 * Brings the schema up to this program's. drizzle's own `migrate` looks before it locks, so that racing processes
 * migrate twice; here all is decided under the write lock. Throws `unavailable` for the library of a newer program
 * and for another program's database.
 */
export async function migrate({ client }: SqliteConnection, transaction: Transaction): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  // Without the lock first: a program that starts beside a busy server need not wait for it.
  if (pendingMigrations(client, migrations).length === 0) return;

  // A migration that rebuilds a table needs this off, and inside a transaction it cannot be changed.
  client.pragma("foreign_keys = OFF");
  try {
    await transaction(() => {
      client.exec(CREATE_RECORDS);
      addIncludesFunction(client);
      addWordsFunction(client);
      const record = client.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)");
      for (const migration of pendingMigrations(client, migrations)) {
        for (const statement of migration.sql) client.exec(statement);
        record.run(migration.hash, migration.folderMillis);
      }
      const broken = client.pragma("foreign_key_check");
      if (Array.isArray(broken) && broken.length > 0) {
        throw new AppError(
          "unavailable",
          `The migration would break ${broken.length} references; it was undone.`,
        );
      }
    });
  } finally {
    client.pragma("foreign_keys = ON");
  }
}

/** How many migrations the file has had. */
export function schemaVersion(client: SqliteConnection["client"]): number {
  return appliedMigrations(client)?.length ?? 0;
}

function pendingMigrations(
  client: SqliteConnection["client"],
  known: readonly MigrationMeta[],
): readonly MigrationMeta[] {
  const applied = appliedMigrations(client);
  if (applied === undefined) return known;
  if (applied.some((time, position) => known[position]?.folderMillis !== time)) {
    throw new AppError(
      "unavailable",
      "The library was made by a newer PromptForge than this one. Upgrade PromptForge (npm install -g promptforge@latest).",
      { applied: applied.length, known: known.length },
    );
  }
  return known.slice(applied.length);
}

/** Times of the applied migrations, which tell them apart; `undefined` in a new file. */
function appliedMigrations(client: SqliteConnection["client"]): readonly number[] | undefined {
  const tables = client
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all();
  if (tables.length === 0) return undefined;
  if (!tables.includes("__drizzle_migrations")) {
    throw new AppError(
      "unavailable",
      "The library's file is another program's SQLite database. Name another file for the library.",
    );
  }
  return client
    .prepare<[], number>("SELECT created_at FROM __drizzle_migrations ORDER BY rowid")
    .pluck()
    .all();
}
