import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { AppError } from "../../domain/errors.ts";
import type { SqlConnection, SqlDatabase } from "../sql/connection.ts";
import { postgresDialect } from "./dialect.ts";
import { isReadOnly, isSerializationFailure, translatePostgresError } from "./postgres-errors.ts";
import { postgresDb } from "./session.ts";
import { postgresWordRows } from "./word-rows.ts";

/** Whose rows a transaction sees: one tenant's, or the directory's, which is all of them. */
export type Scope = { readonly tenantId: string } | "directory";

export interface PostgresDatabase extends SqlDatabase {
  readonly pool: pg.Pool;
  readonly connection: SqlConnection;
  /** The same within a scope; without one it is the directory. */
  within(scope: Scope): Pick<SqlDatabase, "read" | "write">;
  /** Within a write of the directory: waits for the writes of a tenant that are under way, and holds back others. */
  lockTenant(tenantId: string): Promise<void>;
  close(): Promise<void>;
}

/** Attempts at a transaction that others were in the way of. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

interface Transaction {
  readonly client: pg.PoolClient;
  readonly scope: Scope;
  readonly writes: boolean;
  readonly locked: Set<string>;
  active: boolean;
}

/**
 * The library in PostgreSQL. Every statement runs in a transaction that first says whose rows it is about. A tenant's writes
 * are done one after the other, by a lock that ends with the transaction, whichever replica asks: what a write reads cannot
 * change before it ends, as under SQLite. Those of different tenants do not wait for each other.
 */
export function connectPostgres(pool: pg.Pool): PostgresDatabase {
  const underWay = new AsyncLocalStorage<Transaction>();

  function current(): Transaction {
    const transaction = underWay.getStore();
    if (transaction?.active === true) return transaction;
    throw new Error("Programming error: a statement outside read() and write().");
  }

  const db = postgresDb((query) => current().client.query(query));
  const connection: SqlConnection = { db, dialect: postgresDialect, words: postgresWordRows(db) };

  async function attempt<T>(scope: Scope, writes: boolean, work: () => Promise<T>): Promise<T> {
    const client = await connectOrExplain(pool);
    const transaction: Transaction = { client, scope, writes, locked: new Set(), active: true };
    let broken: Error | undefined;
    try {
      await client.query(opening(client, scope, writes));
      if (writes) transaction.locked.add(lockName(scope));
      const result = await underWay.run(transaction, work);
      transaction.active = false;
      await client.query("commit");
      return result;
    } catch (thrown) {
      transaction.active = false;
      // A connection on which not even this works is not used again.
      await client.query("rollback").catch((error: Error) => {
        broken = error;
      });
      throw thrown;
    } finally {
      client.release(broken);
    }
  }

  async function run<T>(scope: Scope, writes: boolean, work: () => Promise<T>): Promise<T> {
    const outer = underWay.getStore();
    if (writes && outer?.active === true && outer.writes) {
      throw new Error(
        "Programming error: a write inside a write. Use the store that the outer one was given.",
      );
    }
    for (let left = ATTEMPTS; ; left--) {
      try {
        return await attempt(scope, writes, work);
      } catch (thrown) {
        if (left === 1 || !isSerializationFailure(thrown)) {
          if (!writes && isReadOnly(thrown))
            throw new Error("Programming error: a write inside read().", { cause: thrown });
          throw translatePostgresError(thrown);
        }
      }
      // Uneven, so that those who were in each other's way do not meet again.
      await sleep(PAUSE_MS * (0.5 + Math.random()));
    }
  }

  const within = (scope: Scope): Pick<SqlDatabase, "read" | "write"> => ({
    read: (work) => run(scope, false, work),
    write: (work) => run(scope, true, work),
  });

  return {
    pool,
    connection,
    reader: connection,
    writer: connection,
    ...within("directory"),
    within,
    async lockTenant(tenantId) {
      const { client, locked } = current();
      const name = lockName({ tenantId });
      if (locked.has(name)) return;
      await client.query(locking(client, name));
      locked.add(name);
    },
    close: () => pool.end(),
  };
}

/** One message for all that a transaction begins with. */
function opening(client: pg.PoolClient, scope: Scope, writes: boolean): string {
  const tenant = scope === "directory" ? "" : scope.tenantId;
  const name = scope === "directory" ? "directory" : "tenant";
  const steps = [
    `begin ${writes ? "read write" : "read only"}`,
    `select set_config('promptforge.tenant', ${client.escapeLiteral(tenant)}, true), set_config('promptforge.scope', '${name}', true)`,
    ...(writes ? [locking(client, lockName(scope))] : []),
  ];
  return steps.join("; ");
}

/** What is written one after the other: each tenant, and the directory. */
function lockName(scope: Scope): string {
  return scope === "directory" ? "directory" : scope.tenantId;
}

/** Two names that share a number wait for each other, and that is all. */
function locking(client: pg.PoolClient, name: string): string {
  return `select pg_advisory_xact_lock(hashtextextended(${client.escapeLiteral(name)}, 0))`;
}

async function connectOrExplain(pool: pg.Pool): Promise<pg.PoolClient> {
  if (pool.ended || pool.ending)
    throw new AppError("unavailable", "The library is closed: the server is shutting down.");
  return pool.connect();
}
