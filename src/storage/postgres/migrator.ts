import { fileURLToPath } from "node:url";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import type pg from "pg";
import { AppError } from "../../domain/errors.ts";

/** From src/storage/postgres as from dist/storage/postgres, which are equally deep. */
const MIGRATIONS = fileURLToPath(new URL("../../../src/storage/postgres/migrations", import.meta.url));

/** Whoever migrates holds this advisory lock. */
const MIGRATION_LOCK = 7_105_617;

/**
 * Brings the schema up to this program's, and lets the server's role use it. Of several that start at once one migrates, in one
 * transaction; the others wait. Throws `unavailable` for the library of a newer program.
 * @param owner A connection of the role that owns the tables.
 * @param serverRole The role that the server reads and writes as. It owns nothing.
 */
export async function migrate(owner: pg.ClientBase, serverRole: string): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  await owner.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
  try {
    const pending = pendingMigrations(await appliedMigrations(owner), migrations);
    await owner.query("begin");
    await owner.query(
      "create table if not exists __drizzle_migrations (id serial primary key, hash text not null, created_at bigint)",
    );
    for (const migration of pending) {
      for (const statement of migration.sql) await owner.query(statement);
      await owner.query("insert into __drizzle_migrations (hash, created_at) values ($1, $2)", [
        migration.hash,
        migration.folderMillis,
      ]);
    }
    await grant(owner, serverRole);
    await owner.query("commit");
  } catch (thrown) {
    await owner.query("rollback");
    throw thrown;
  } finally {
    await owner.query("select pg_advisory_unlock($1)", [MIGRATION_LOCK]);
  }
}

/** Whether there is something to migrate; asked by any role. */
export async function isUpToDate(client: pg.ClientBase): Promise<boolean> {
  const migrations = readMigrationFiles({ migrationsFolder: MIGRATIONS });
  return pendingMigrations(await appliedMigrations(client), migrations).length === 0;
}

/** How many migrations the database has had. */
export async function schemaVersion(client: pg.ClientBase): Promise<number> {
  return (await appliedMigrations(client)).length;
}

function pendingMigrations(
  applied: readonly number[],
  known: readonly MigrationMeta[],
): readonly MigrationMeta[] {
  if (applied.some((time, position) => known[position]?.folderMillis !== time)) {
    throw new AppError(
      "unavailable",
      "The library was made by a newer PromptForge than this one. Upgrade PromptForge (npm install -g promptforge@latest).",
      { applied: applied.length, known: known.length },
    );
  }
  return known.slice(applied.length);
}

/** Times of the applied migrations, which tell them apart. */
async function appliedMigrations(client: pg.ClientBase): Promise<readonly number[]> {
  const records = await client.query("select to_regclass('__drizzle_migrations') as name");
  if (records.rows[0]?.name === null) return [];
  const { rows } = await client.query("select created_at from __drizzle_migrations order by id");
  return rows.map((row) => Number(row.created_at));
}

/** What it may do follows from the schema: all with rows, within the policies, and nothing with tables. */
async function grant(owner: pg.ClientBase, serverRole: string): Promise<void> {
  const role = owner.escapeIdentifier(serverRole);
  const { rows } = await owner.query("select quote_ident(current_schema()) as name");
  const schema = String(rows[0]?.name);
  await owner.query(`grant usage on schema ${schema} to ${role}`);
  await owner.query(`grant select, insert, update, delete on all tables in schema ${schema} to ${role}`);
  await owner.query(`grant usage on all sequences in schema ${schema} to ${role}`);
  await owner.query(`revoke insert, update, delete on __drizzle_migrations, library from ${role}`);
}
