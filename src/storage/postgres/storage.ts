import pg from "pg";
import { AppError } from "../../domain/errors.ts";
import type { Storage, TenantStore } from "../../domain/ports/storage.ts";
import { directoryStore } from "../sql/directory-store.ts";
import { libraryGauges } from "../sql/gauges.ts";
import { indexStateStore } from "../sql/index-state-store.ts";
import { outboxQueue } from "../sql/outbox-queue.ts";
import { library } from "../sql/schema.ts";
import { splitWriter } from "../sql/split-writer.ts";
import { tenantStores } from "../sql/tenant-store.ts";
import { connectPostgres, type PostgresDatabase } from "./database.ts";
import { jobClaims } from "./jobs.ts";
import { isUpToDate, migrate } from "./migrator.ts";
import { translatePostgresError } from "./postgres-errors.ts";
import { inspectDatabase } from "./report.ts";
import { assertBound, ensureServerRole, SERVER_ROLE } from "./roles.ts";

export interface PostgresStorageOptions {
  /** The database, and the role that the server works as. */
  readonly url: string;
  /** The role that owns the tables, and migrates; by default that of `url`, which the server then does not work as. */
  readonly ownerUrl?: string | undefined;
  /** Connections at most. */
  readonly connections?: number;
  /** How long one statement may take. */
  readonly statementMs?: number;
  /** How long to wait for a connection. */
  readonly connectMs?: number;
  readonly onConnectionLost?: (error: Error) => void;
}

export interface PostgresStorage extends Storage {
  readonly database: PostgresDatabase;
}

const CONNECT_MS = 10_000;
/** So long a statement waits for a lock that another transaction holds. */
const LOCK_MS = 10_000;
/** A transaction that does nothing for so long has lost its program. */
const IDLE_MS = 60_000;

/**
 * Opens the library in PostgreSQL, new or old, and brings its schema up to date. Throws `unavailable`, with what to do, when the
 * server cannot be reached, refuses, is a newer program's, or would let this one past row-level security.
 */
export async function openPostgresStorage({
  url,
  ownerUrl,
  connections = 10,
  statementMs = 30_000,
  connectMs = CONNECT_MS,
  onConnectionLost = () => undefined,
}: PostgresStorageOptions): Promise<PostgresStorage> {
  const serverRole = ownerUrl === undefined ? SERVER_ROLE : roleOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    pipeline: true,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    lock_timeout: LOCK_MS,
    idle_in_transaction_session_timeout: IDLE_MS,
    application_name: "promptforge",
    ...(ownerUrl === undefined ? { onConnect: become } : {}),
  });
  // An idle connection that is lost is replaced with the next call.
  pool.on("error", onConnectionLost);
  surviveLosses(pool);
  try {
    await withClient(ownerUrl ?? url, connectMs, async (owner) => {
      if (ownerUrl === undefined) await ensureServerRole(owner);
      if (!(await isUpToDate(owner))) await migrate(owner, serverRole);
    });
    const client = await pool.connect();
    await assertBound(client).finally(() => client.release());
  } catch (thrown) {
    await pool.end();
    throw whyClosed(thrown);
  }
  return storageOf(connectPostgres(pool));
}

/**
 * Signs in as each role and changes nothing; gives the library that is there with people in it. Throws `unavailable` as
 * `openPostgresStorage` does.
 */
export async function tryPostgres({
  url,
  ownerUrl = url,
}: Pick<PostgresStorageOptions, "url" | "ownerUrl">): Promise<string | undefined> {
  const tried = <T>(one: string, work: (client: pg.ClientBase) => Promise<T>) =>
    withClient(one, CONNECT_MS, work).catch((thrown: unknown) => {
      throw whyClosed(thrown);
    });
  if (ownerUrl !== url) await tried(url, async () => undefined);
  return tried(ownerUrl, inhabitedLibrary);
}

async function inhabitedLibrary(owner: pg.ClientBase): Promise<string | undefined> {
  const tables = await owner.query(
    "select where to_regclass('library') is not null and to_regclass('users') is not null",
  );
  if (tables.rowCount === 0) return undefined;
  const { rows } = await owner.query<{ library_id: string }>(
    "select library_id from library where exists (select from users)",
  );
  return rows[0]?.library_id;
}

function whyClosed(thrown: unknown): unknown {
  const error = translatePostgresError(thrown);
  if (!(error instanceof AppError)) return error;
  return new AppError(
    error.code,
    `Cannot open the library in PostgreSQL. ${error.message}`,
    error.details,
    error,
  );
}

/** Connections of the role that owns the tables, for what no server does, in a database whose schema is up to date. */
export async function openOwnersPool(
  options: Pick<PostgresStorageOptions, "url" | "ownerUrl">,
): Promise<pg.Pool> {
  await (await openPostgresStorage(options)).close();
  const pool = new pg.Pool({ connectionString: options.ownerUrl ?? options.url, max: 4 });
  pool.on("error", () => undefined);
  return surviveLosses(pool);
}

/**
 * A connection that is lost while it is taken fails the statement that is under way or comes next. It also emits an error, which
 * the pool hears of idle ones only, and which would end the process.
 */
function surviveLosses(pool: pg.Pool): pg.Pool {
  return pool.on("connect", (client) => client.on("error", () => undefined));
}

async function become(client: pg.ClientBase): Promise<void> {
  await client.query(`set role ${SERVER_ROLE}`);
}

function storageOf(database: PostgresDatabase): PostgresStorage {
  const { connection } = database;
  const stores = tenantStores(connection);
  const reading = directoryStore(connection, stores);
  const writing = directoryStore(connection, (tenantId) =>
    lockedOnUse(stores(tenantId), () => database.lockTenant(tenantId)),
  );
  const libraryId = connection.db.select({ id: library.libraryId }).from(library).prepare();

  return {
    database,
    tenant: (tenantId) => {
      const { read, write } = database.within(tenantId);
      return {
        read: (work) => read(() => work(stores(tenantId))),
        write: (work) => write(() => work(stores(tenantId))),
      };
    },
    directory: {
      read: (work) => database.read(() => work(reading)),
      write: (work) => database.write(() => work(writing)),
    },
    outbox: outboxQueue(database.queues),
    splits: splitWriter(database.queues),
    indexState: indexStateStore(database),
    claimJob: jobClaims(database),
    async libraryId() {
      const row = await database.read(async () => libraryId.get());
      if (row !== undefined) return row.id;
      throw new AppError("unavailable", "The library has lost its own id: it is damaged. Restore a backup.");
    },
    async ping() {
      await database.read(async () => libraryId.get());
    },
    gauges: libraryGauges(database),
    inspect: () => inspectDatabase(database),
    close: () => database.close(),
  };
}

/** A tenant's stores, in a write of the directory: before their first statement they wait for the tenant's own writes. */
function lockedOnUse(stores: TenantStore, lock: () => Promise<void>): TenantStore {
  const locked = <Holder extends object>(holder: Holder): Holder =>
    new Proxy(holder, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value === "object" && value !== null) return locked(value);
        if (typeof value !== "function") return value;
        return async (...given: unknown[]) => {
          await lock();
          return value.apply(target, given);
        };
      },
    });
  return locked(stores);
}

async function withClient<T>(
  url: string,
  connectMs: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    application_name: "promptforge migrations",
  });
  // Lost in the middle, it also fails the statement that is under way.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The role's name in a URL of a database. */
function roleOf(url: string): string {
  return decodeURIComponent(new URL(url).username);
}
