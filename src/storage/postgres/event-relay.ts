import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import pg from "pg";
import type { EventRelay } from "../../domain/ports/event-relay.ts";
import type { PostgresDatabase } from "./database.ts";

const CHANNEL = "promptforge_events";
/** Whoever could not listen for longer than this misses events. */
const KEPT_MS = 3_600_000;
const PRUNE_EVERY_MS = 300_000;
/**
 * Numbers are given when rows are written and seen when they are committed, later ones at times first: so far behind the newest
 * number, rows are looked at again.
 */
const OVERLAP = 1_000;
const CONNECT_MS = 10_000;
const RECONNECT_MS = { first: 100, longest: 5_000 } as const;

type Listener = Parameters<EventRelay["listen"]>[0];
type Row = [id: number, origin: string, tenantId: string, event: string];

/**
 * Events by LISTEN and NOTIFY: a row for each, and a notification that there is one. The row is what counts, so that a process
 * that could not listen reads what it missed once it is back, and no event is too long for a notification.
 * @param options.url Of the database: listening takes a connection of its own, besides those of the pool.
 * @param options.onFailure Hears of events that could not be sent, and of a connection that was lost.
 */
export function createEventRelay(options: {
  readonly database: PostgresDatabase;
  readonly url: string;
  readonly onFailure: (error: unknown) => void;
}): EventRelay {
  const { database, url, onFailure } = options;
  const { queues } = database;
  const { db } = queues.writer;
  const origin = randomUUID();
  const seen = new LRUCache<number, true>({ max: 4 * OVERLAP });
  const stopping = new AbortController();
  let client: pg.Client | undefined;
  let listening: Promise<void> | undefined;
  let newest: number | undefined;
  let work = Promise.resolve();
  let prunedAt = 0;

  /** One after the other, so that events come in their order. */
  function next(step: () => Promise<void>): void {
    work = work.then(step).catch(onFailure);
  }

  /** What it ends itself is no failure. */
  function unlessStopping(error: unknown): void {
    if (!stopping.signal.aborted) onFailure(error);
  }

  async function write(tenantId: string, event: object): Promise<void> {
    // A notification is no promise: nobody waits for the disk.
    await queues.writeSoon(async () => {
      await db.run(sql`insert into events (origin, tenant_id, event, at)
        values (${origin}, ${tenantId}, ${JSON.stringify(event)}, ${Date.now()})`);
      await db.run(sql.raw(`notify ${CHANNEL}`));
    });
    await prune();
  }

  async function prune(): Promise<void> {
    const now = Date.now();
    if (now - prunedAt < PRUNE_EVERY_MS) return;
    prunedAt = now;
    await queues.writeSoon(async () => db.run(sql`delete from events where at < ${now - KEPT_MS}`));
  }

  async function read(listener: Listener): Promise<void> {
    const from = (newest ?? 0) - OVERLAP;
    const rows = await queues.read(async () =>
      db.values<Row>(sql`select id, origin, tenant_id, event from events where id > ${from} order by id`),
    );
    for (const [id, sender, tenantId, event] of rows) {
      newest = Math.max(newest ?? 0, id);
      if (seen.has(id)) continue;
      seen.set(id, true);
      if (sender !== origin) listener(tenantId, JSON.parse(event));
    }
  }

  /** What is there already is no news for a process that begins. */
  async function begin(): Promise<void> {
    const rows = await queues.read(async () =>
      db.values<[number]>(sql`select id from events order by id desc limit ${2 * OVERLAP}`),
    );
    for (const [id] of rows) seen.set(id, true);
    newest = rows[0]?.[0] ?? 0;
  }

  /** Listens until the connection is lost. */
  async function listenOnce(listener: Listener): Promise<void> {
    const own = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: "promptforge events",
    });
    client = own;
    const lost = new Promise<void>((resolve) => {
      own.on("error", unlessStopping);
      own.on("end", resolve);
    });
    // Ended while it connects, it neither connects nor fails.
    await Promise.race([own.connect(), lost]);
    if (stopping.signal.aborted) return;
    own.on("notification", () => next(() => read(listener)));
    await own.query(`listen ${CHANNEL}`);
    if (newest === undefined) await begin();
    next(() => read(listener));
    await lost;
  }

  async function keepListening(listener: Listener): Promise<void> {
    let pause: number = RECONNECT_MS.first;
    while (!stopping.signal.aborted) {
      const startedAt = Date.now();
      await listenOnce(listener).catch(unlessStopping);
      if (Date.now() - startedAt > RECONNECT_MS.longest) pause = RECONNECT_MS.first;
      await sleep(pause, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      pause = Math.min(2 * pause, RECONNECT_MS.longest);
    }
  }

  return {
    send: (tenantId, event) => next(() => write(tenantId, event)),
    listen(listener) {
      listening ??= keepListening(listener);
    },
    async close() {
      stopping.abort();
      await client?.end().catch(() => undefined);
      await listening;
      await work;
    },
  };
}
