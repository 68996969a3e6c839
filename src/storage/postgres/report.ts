import { sql } from "drizzle-orm";
import type { StorageReport } from "../../domain/ports/storage.ts";
import type { PostgresDatabase } from "./database.ts";
import { schemaVersion } from "./migrator.ts";

/** What `doctor` shows. PostgreSQL sees to its files itself: what is checked is that every tenant's table is guarded. */
export async function inspectDatabase(database: PostgresDatabase): Promise<StorageReport> {
  const { db } = database.connection;
  const client = await database.pool.connect();
  const version = await schemaVersion(client).finally(() => client.release());
  return database.read(async () => {
    const [facts] = await db.values<[place: string, bytes: number, tenants: number]>(sql`
      select current_database(), pg_database_size(current_database()), (select count(*) from tenants)`);
    const unguarded = await db.values<[name: string]>(sql`
      select relname from pg_class join pg_attribute on attrelid = pg_class.oid
      where relnamespace = current_schema()::regnamespace and relkind = 'r' and attname = 'tenant_id'
        and not (relrowsecurity and relforcerowsecurity)`);
    const [location = "", bytes = 0, tenants = 0] = facts ?? [];
    return {
      kind: "postgresql",
      location,
      bytes,
      schemaVersion: version,
      integrity:
        unguarded.length === 0
          ? "ok"
          : `without row-level security: ${unguarded.map(([name]) => name).join(", ")}`,
      tenants,
    };
  });
}
