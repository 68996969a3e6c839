import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Mutex } from "async-mutex";
import type pg from "pg";
import { AppError } from "../../domain/errors.ts";
import type { SqlConnection, SqlDatabase } from "../sql/connection.ts";
import { postgresDialect } from "./dialect.ts";
import { isReadOnly, isSerializationFailure, translatePostgresError } from "./postgres-errors.ts";
import { postgresDb } from "./session.ts";
import { postgresWordRows } from "./word-rows.ts";

/** Whose rows a transaction sees, and with whose writes its own take turns. */
interface Scope {
  /** `undefined`: the directory's, which is all of them. */
  readonly tenantId: string | undefined;
  /** What is written one after the other; `undefined`: it is not. */
  readonly turn: string | undefined;
  /** Whether all of its statements see the same moment. */
  readonly isSnapshot?: boolean;
  /** Whether its commit does not wait for the disk. */
  readonly isSoon?: boolean;
}

const SNAPSHOT: Scope = { tenantId: undefined, turn: undefined, isSnapshot: true };
const DIRECTORY: Scope = { tenantId: undefined, turn: "directory" };
const QUEUES: Scope = { tenantId: undefined, turn: undefined };

type Transactions = Pick<SqlDatabase, "read" | "write" | "writeSoon">;

export interface PostgresDatabase extends SqlDatabase {
  readonly pool: pg.Pool;
  readonly connection: SqlConnection;
  /** The same for one tenant. */
  within(tenantId: string): Transactions;
  /** The same as the directory, but its writes wait for no others: for queues, whose entries are claimed one by one. */
  readonly queues: SqlDatabase;
  /** Reads as the directory, all of it as it stood at one moment. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  /** Within a transaction: runs statements that take no parameters. */
  script(statements: string): Promise<void>;
  /** Within a write of the directory: waits for the writes of a tenant that are under way, and holds back others. */
  lockTenant(tenantId: string): Promise<void>;
  close(): Promise<void>;
}

/** Attempts at a transaction that others were in the way of. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

interface Transaction {
  readonly client: pg.PoolClient;
  readonly writes: boolean;
  /** Whose turn it has. */
  readonly locked: Set<string | undefined>;
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
    const transaction: Transaction = { client, writes, locked: new Set([scope.turn]), active: true };
    // Sent together with the first statement. Where it fails, so do all after it, and it is what says why.
    const opened = client.query(opening(client, scope, writes));
    const openingError = opened.then(
      () => undefined,
      (error: unknown) => error,
    );
    try {
      const result = await underWay.run(transaction, work);
      await opened;
      transaction.active = false;
      if (writes) {
        const { command } = await client.query("commit");
        // PostgreSQL answers so, without an error, where a statement had failed and the work went on.
        if (command === "ROLLBACK")
          throw new Error("Programming error: a failed statement inside a write was passed over.");
        client.release();
      } else release(client, client.query("commit"));
      return result;
    } catch (thrown) {
      transaction.active = false;
      release(client, client.query("rollback"));
      throw (await openingError) ?? thrown;
    }
  }

  async function run<T>(scope: Scope, writes: boolean, work: () => Promise<T>): Promise<T> {
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

  /** Those who wait for a turn in this process hold no connection meanwhile: a busy tenant does not take them all. */
  const turns = new Map<string, Mutex>();

  async function inTurn<T>({ turn }: Scope, work: () => Promise<T>): Promise<T> {
    const outer = underWay.getStore();
    if (outer?.active === true && outer.writes) {
      throw new Error(
        "Programming error: a write inside a write. Use the store that the outer one was given.",
      );
    }
    if (turn === undefined) return work();
    const mutex = turns.get(turn) ?? new Mutex();
    turns.set(turn, mutex);
    try {
      return await mutex.runExclusive(work);
    } finally {
      if (!mutex.isLocked()) turns.delete(turn);
    }
  }

  const within = (scope: Scope): Transactions => ({
    read: (work) => run(scope, false, work),
    write: (work) => inTurn(scope, () => run(scope, true, work)),
    writeSoon: (work) => inTurn(scope, () => run({ ...scope, isSoon: true }, true, work)),
  });

  return {
    pool,
    connection,
    reader: connection,
    writer: connection,
    ...within(DIRECTORY),
    within: (tenantId) => within({ tenantId, turn: tenantId }),
    queues: { reader: connection, writer: connection, ...within(QUEUES) },
    snapshot: (work) => within(SNAPSHOT).read(work),
    async script(statements) {
      await current().client.query(statements);
    },
    async lockTenant(tenantId) {
      const { client, locked } = current();
      if (locked.has(tenantId)) return;
      await client.query(locking(client, tenantId));
      locked.add(tenantId);
    },
    close: () => pool.end(),
  };
}

/** Nobody waits for the end of what only read. A connection on which not even that works is not used again. */
function release(client: pg.PoolClient, ended: Promise<unknown>): void {
  ended.then(
    () => client.release(),
    (error: Error) => client.release(error),
  );
}

/** One message for all that a transaction begins with. */
function opening(
  client: pg.PoolClient,
  { tenantId, turn, isSnapshot, isSoon }: Scope,
  writes: boolean,
): string {
  const tenant = client.escapeLiteral(tenantId ?? "");
  const scope = tenantId === undefined ? "directory" : "tenant";
  const steps = [
    `begin ${isSnapshot ? "isolation level repeatable read " : ""}${writes ? "read write" : "read only"}`,
    `select set_config('promptforge.tenant', ${tenant}, true), set_config('promptforge.scope', '${scope}', true)`,
    ...(isSoon ? ["set local synchronous_commit = off"] : []),
    ...(writes && turn !== undefined ? [locking(client, turn)] : []),
  ];
  return steps.join("; ");
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
