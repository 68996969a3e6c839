import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { AppError } from "../../domain/errors.ts";
import type { SqlConnection, SqlDatabase } from "../sql/connection.ts";
import { postgresDialect } from "./dialect.ts";
import { lines } from "./lines.ts";
import { isReadOnly, isSerializationFailure, translatePostgresError } from "./postgres-errors.ts";
import { DIRECTORY, locking, lockingIfFree, opening, QUEUES, type Scope, SNAPSHOT } from "./scope.ts";
import { postgresDb } from "./session.ts";
import { postgresWordRows } from "./word-rows.ts";

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
  /** Within a write of the directory: holds back writes of a tenant, when those that were under way have ended. */
  lockTenant(tenantId: string): Promise<void>;
  close(): Promise<void>;
}

/** Attempts at a transaction that others were in the way of. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

/** Of a write of the directory that met a tenant's: it is done again, and waits for that tenant first. */
class TenantIsWriting extends Error {
  readonly tenantId: string;
  constructor(tenantId: string) {
    super("A tenant that the directory writes for has a write under way.");
    this.tenantId = tenantId;
  }
}

interface Transaction {
  readonly client: pg.PoolClient;
  /** It has begun, and has the locks that it began with. */
  readonly opened: Promise<unknown>;
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
    // Sent together with the first statement. Where it fails, so do all after it, and it is what says why.
    const opened = client.query(opening(client, scope, writes));
    const locked = new Set([scope.turn, ...(scope.ahead ?? [])]);
    const transaction: Transaction = { client, opened, writes, locked, active: true };
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
  const turns = lines(1);
  /** However much a tenant reads at a time, others have connections left. */
  const shares = lines(Math.max(1, Math.floor(pool.options.max / 2)));

  function inTurn<T>({ turn }: Scope, work: () => Promise<T>): Promise<T> {
    const outer = underWay.getStore();
    if (outer?.active === true && outer.writes) {
      throw new Error(
        "Programming error: a write inside a write. Use the store that the outer one was given.",
      );
    }
    return turn === undefined ? work() : turns(turn, work);
  }

  /**
   * Nobody waits for a tenant's writes with the directory's turn, for which everybody may have to wait: where they are under way,
   * the work begins anew, waits for the tenant first, and then for the directory.
   */
  async function inDirectory<T>(work: () => Promise<T>): Promise<T> {
    let ahead: readonly string[] = [];
    for (;;) {
      try {
        if (ahead.length === 0) return await inTurn(DIRECTORY, () => run(DIRECTORY, true, work));
        return await behind(ahead, work);
      } catch (thrown) {
        if (!(thrown instanceof TenantIsWriting)) throw thrown;
        ahead = [...ahead, thrown.tenantId].sort();
      }
    }
  }

  /** The directory's turn after those of tenants; all who wait for several of them do so in the same order. */
  function behind<T>(ahead: readonly string[], work: () => Promise<T>): Promise<T> {
    const inDirectorysTurn = async () => {
      const { client, opened } = current();
      await opened;
      return turns(DIRECTORY.turn, async () => {
        await client.query(locking(client, DIRECTORY.turn));
        return work();
      });
    };
    const scope = { ...DIRECTORY, turn: undefined, ahead };
    return ahead.reduceRight<() => Promise<T>>(
      (inner, tenantId) => () => inTurn({ tenantId, turn: tenantId }, inner),
      () => run(scope, true, inDirectorysTurn),
    )();
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
    write: inDirectory,
    within(tenantId) {
      const own = within({ tenantId, turn: tenantId });
      return { ...own, read: (work) => shares(tenantId, () => own.read(work)) };
    },
    queues: { reader: connection, writer: connection, ...within(QUEUES) },
    snapshot: (work) => within(SNAPSHOT).read(work),
    async script(statements) {
      await current().client.query(statements);
    },
    async lockTenant(tenantId) {
      const { client, locked } = current();
      if (locked.has(tenantId)) return;
      const { rows } = await client.query(lockingIfFree(client, tenantId));
      if (rows[0]?.free !== true) throw new TenantIsWriting(tenantId);
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

async function connectOrExplain(pool: pg.Pool): Promise<pg.PoolClient> {
  if (pool.ended || pool.ending)
    throw new AppError("unavailable", "The library is closed: the server is shutting down.");
  return pool.connect();
}
