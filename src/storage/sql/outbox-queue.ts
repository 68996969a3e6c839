import { and, count, eq, getTableColumns, lte, type Placeholder, type SQL, sql } from "drizzle-orm";
import type { OutboxEntry, OutboxQueue } from "../../domain/ports/outbox.ts";
import type { SqlConnection, SqlDatabase } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { outbox, prompts } from "./schema.ts";

const MAX_REASON_LENGTH = 500;

/** When what is buried is due: the last time that a Date can hold. */
export const NEVER = 8_640_000_000_000_000;

/** The order of entries that came in the same millisecond. */
const rowid = sql<number>`rowid`;

/**
 * Enters a prompt, or renews its entry: due now, from the first stage. The generation is counted in the prompt's
 * row, so that it never comes again; the place in the queue stays, so that a busy prompt is not put off for ever.
 */
export async function enqueue({ db }: SqlConnection, tenantId: string, promptId: string): Promise<void> {
  const prompt = await db
    .update(prompts)
    .set({ indexGeneration: sql`${prompts.indexGeneration} + 1` })
    .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, promptId)))
    .returning({ generation: prompts.indexGeneration })
    .get();
  if (prompt === undefined) throw new Error("Programming error: indexing of a prompt that is not stored.");
  const now = Date.now();
  const entry = {
    stage: "first",
    position: 0,
    generation: prompt.generation,
    attempts: 0,
    dueAt: now,
    lastError: null,
  } as const;
  await db
    .insert(outbox)
    .values({ tenantId, promptId, ...entry, enqueuedAt: now })
    .onConflictDoUpdate({ target: [outbox.tenantId, outbox.promptId], set: entry })
    .run();
}

/** Enters every prompt that is not archived, under the generation that its row says. */
export async function enqueueAll({ db }: SqlConnection): Promise<void> {
  const now = sql`cast(${Date.now()} as bigint)`;
  await db.run(sql`
    insert into ${outbox} (tenant_id, prompt_id, stage, generation, attempts, due_at, last_error, enqueued_at)
    select tenant_id, id, 'first', index_generation, 0, ${now}, null, ${now} from ${prompts} where archived_at is null
    on conflict (tenant_id, prompt_id) do update set
      stage = 'first', position = 0, generation = excluded.generation, attempts = 0, due_at = excluded.due_at, last_error = null`);
}

/**
 * The queue of all tenants. Entries are made durably, with what they are about. What becomes of them is written without waiting for
 * the disk, which would make all else wait: a power failure may bring entries back, and doing one twice changes nothing.
 */
export function outboxQueue(database: SqlDatabase): OutboxQueue {
  const { db, dialect } = database.writer;
  const anyDue = database.reader.db
    .select({ stage: outbox.stage })
    .from(outbox)
    .where(and(eq(outbox.stage, sql.placeholder("stage")), lte(outbox.dueAt, sql.placeholder("now"))))
    .limit(1)
    .prepare();
  // Prepared once: what the indexer does between two batches keeps all others waiting.
  const claimDue = db
    .update(outbox)
    .set({ dueAt: sql`${sql.placeholder("leasedUntil")}` })
    .where(isNextDue(dialect))
    .returning({ ...getTableColumns(outbox), rowid })
    .prepare();
  const isSameEntry = isSame({
    tenantId: sql.placeholder("tenantId"),
    promptId: sql.placeholder("promptId"),
    generation: sql.placeholder("generation"),
  });
  const removeEntry = db.delete(outbox).where(isSameEntry).prepare();
  const moveOn = db
    .update(outbox)
    .set({
      stage: "rest",
      position: sql`${sql.placeholder("position")}`,
      attempts: 0,
      dueAt: sql`${sql.placeholder("now")}`,
      lastError: null,
    })
    .where(isSameEntry)
    .prepare();

  async function fail(entry: OutboxEntry, dueAt: number, reason: string): Promise<void> {
    const failed = {
      attempts: sql`${outbox.attempts} + 1`,
      dueAt,
      lastError: reason.slice(0, MAX_REASON_LENGTH),
    };
    await database.writeSoon(async () => db.update(outbox).set(failed).where(isSame(entry)).run());
  }

  return {
    async claim(stage, limit, leaseMs) {
      const now = Date.now();
      // An idle indexer asks often: it takes no write lock for an answer of nothing.
      const due = await database.read(async () => anyDue.get({ stage, now }));
      if (due === undefined) return [];
      const leasedUntil = now + leaseMs;
      const claimed = await database.writeSoon(async () => claimDue.all({ stage, now, limit, leasedUntil }));
      return claimed.toSorted(byTurn).map(toEntry);
    },
    async complete(entries) {
      if (entries.length === 0) return;
      await database.writeSoon(async () => {
        for (const entry of entries) await removeEntry.run({ ...entry });
      });
    },
    async advance(entries) {
      if (entries.length === 0) return;
      const now = Date.now();
      await database.writeSoon(async () => {
        for (const entry of entries) await moveOn.run({ ...entry, now });
      });
    },
    async release(entries) {
      if (entries.length === 0) return;
      await database.writeSoon(async () => {
        for (const entry of entries)
          await db.update(outbox).set({ dueAt: Date.now() }).where(isSame(entry)).run();
      });
    },
    async postpone(entry, delayMs, reason) {
      const later = { dueAt: Date.now() + delayMs, lastError: reason.slice(0, MAX_REASON_LENGTH) };
      await database.writeSoon(async () => db.update(outbox).set(later).where(isSame(entry)).run());
    },
    retry: (entry, delayMs, reason) => fail(entry, Date.now() + delayMs, reason),
    bury: (entry, reason) => fail(entry, NEVER, reason),
    deadLetters: (limit) =>
      database.read(async () =>
        database.reader.db
          .select({
            tenantId: outbox.tenantId,
            promptId: outbox.promptId,
            attempts: outbox.attempts,
            reason: sql<string>`coalesce(${outbox.lastError}, '')`,
          })
          .from(outbox)
          .where(eq(outbox.dueAt, NEVER))
          .orderBy(outbox.enqueuedAt)
          .limit(limit)
          .all(),
      ),
    async counts() {
      const rows = await database.read(async () =>
        database.reader.db
          .select({
            stage: outbox.stage,
            entries: count(),
            failing: sql<number>`count(*) filter (where ${outbox.lastError} is not null)`,
            buried: sql<number>`count(*) filter (where ${outbox.dueAt} = ${NEVER})`,
          })
          .from(outbox)
          .groupBy(outbox.stage)
          .all(),
      );
      const entries = (stage: string) => rows.find((row) => row.stage === stage)?.entries ?? 0;
      return {
        first: entries("first"),
        rest: entries("rest"),
        failing: rows.reduce((sum, row) => sum + row.failing, 0),
        buried: rows.reduce((sum, row) => sum + row.buried, 0),
      };
    },
  };
}

/** The entries whose turn it is, at most `limit` that are due `now` at a `stage`. */
function isNextDue(dialect: SqlDialect): SQL {
  return sql`(${outbox.tenantId}, ${outbox.promptId}) in (
    select tenant_id, prompt_id from ${outbox} where stage = ${sql.placeholder("stage")} and due_at <= ${sql.placeholder("now")}
    order by enqueued_at, rowid limit ${sql.placeholder("limit")} ${dialect.skipLocked}
  )`;
}

type EntryKey = Pick<OutboxEntry, "tenantId" | "promptId" | "generation">;

/** The entry as it was claimed, and no newer change of the same prompt. */
function isSame({
  tenantId,
  promptId,
  generation,
}: { readonly [Part in keyof EntryKey]: EntryKey[Part] | Placeholder }): SQL | undefined {
  return and(eq(outbox.tenantId, tenantId), eq(outbox.promptId, promptId), eq(outbox.generation, generation));
}

type Row = typeof outbox.$inferSelect & { readonly rowid: number };

/** RETURNING gives rows in any order. */
function byTurn(a: Row, b: Row): number {
  return a.enqueuedAt - b.enqueuedAt || a.rowid - b.rowid;
}

function toEntry({ tenantId, promptId, stage, position, generation, attempts }: Row): OutboxEntry {
  return { tenantId, promptId, stage, position, generation, attempts };
}
