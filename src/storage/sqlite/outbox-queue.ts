import { and, count, eq, getTableColumns, lte, type SQL, sql } from "drizzle-orm";
import type { OutboxEntry, OutboxQueue } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import type { SqliteDatabase } from "./database.ts";
import { outbox, prompts } from "./schema.ts";

const MAX_REASON_LENGTH = 500;

/** The order of entries that came in the same millisecond. */
const rowid = sql<number>`rowid`;

/**
 * Enters a prompt, or renews its entry: due now, from the first stage. The generation is counted in the prompt's
 * row, so that it never comes again; the place in the queue stays, so that a busy prompt is not put off for ever.
 */
export function enqueue({ db }: SqliteConnection, tenantId: string, promptId: string): void {
  const prompt = db
    .update(prompts)
    .set({ indexGeneration: sql`${prompts.indexGeneration} + 1` })
    .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, promptId)))
    .returning({ generation: prompts.indexGeneration })
    .get();
  if (prompt === undefined) throw new Error("Programming error: indexing of a prompt that is not stored.");
  const now = Date.now();
  const entry = {
    stage: "first",
    generation: prompt.generation,
    attempts: 0,
    dueAt: now,
    lastError: null,
  } as const;
  db.insert(outbox)
    .values({ tenantId, promptId, ...entry, enqueuedAt: now })
    .onConflictDoUpdate({ target: [outbox.tenantId, outbox.promptId], set: entry })
    .run();
}

/** The queue of all tenants. */
export function outboxQueue(database: SqliteDatabase): OutboxQueue {
  const { db } = database.writer;
  const anyDue = database.reader.db
    .select({ stage: outbox.stage })
    .from(outbox)
    .where(lte(outbox.dueAt, sql.placeholder("now")))
    .limit(1)
    .prepare();

  return {
    async claim(limit, leaseMs) {
      const now = Date.now();
      // An idle indexer asks often: it takes no write lock for an answer of nothing.
      const due = await database.read(() => anyDue.get({ now }));
      if (due === undefined) return [];
      const claimed = await database.write(() =>
        db
          .update(outbox)
          .set({ dueAt: now + leaseMs })
          .where(isNextDue(now, limit))
          .returning({ ...getTableColumns(outbox), rowid })
          .all(),
      );
      return claimed.toSorted(byTurn).map(toEntry);
    },
    async complete(entries) {
      if (entries.length === 0) return;
      await database.write(() => {
        for (const entry of entries) db.delete(outbox).where(isSame(entry)).run();
      });
    },
    async advance(entries) {
      if (entries.length === 0) return;
      const next = { stage: "rest", attempts: 0, dueAt: Date.now(), lastError: null } as const;
      await database.write(() => {
        for (const entry of entries) db.update(outbox).set(next).where(isSame(entry)).run();
      });
    },
    async retry(entry, delayMs, reason) {
      const later = {
        attempts: sql`${outbox.attempts} + 1`,
        dueAt: Date.now() + delayMs,
        lastError: reason.slice(0, MAX_REASON_LENGTH),
      };
      await database.write(() => db.update(outbox).set(later).where(isSame(entry)).run());
    },
    async counts() {
      const rows = await database.read(() =>
        database.reader.db
          .select({
            stage: outbox.stage,
            entries: count(),
            failing: sql<number>`count(*) filter (where ${outbox.attempts} > 0)`,
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
      };
    },
  };
}

/** The entries whose turn it is: "first" sorts before "rest". */
function isNextDue(now: number, limit: number): SQL {
  return sql`(${outbox.tenantId}, ${outbox.promptId}) in (
    select tenant_id, prompt_id from ${outbox} where due_at <= ${now} order by stage, enqueued_at, ${rowid} limit ${limit}
  )`;
}

/** The entry as it was claimed, and no newer change of the same prompt. */
function isSame({ tenantId, promptId, generation }: OutboxEntry): SQL | undefined {
  return and(eq(outbox.tenantId, tenantId), eq(outbox.promptId, promptId), eq(outbox.generation, generation));
}

type Row = typeof outbox.$inferSelect & { readonly rowid: number };

/** RETURNING gives rows in any order. */
function byTurn(a: Row, b: Row): number {
  if (a.stage !== b.stage) return a.stage < b.stage ? -1 : 1;
  return a.enqueuedAt - b.enqueuedAt || a.rowid - b.rowid;
}

function toEntry({ tenantId, promptId, stage, generation, attempts }: Row): OutboxEntry {
  return { tenantId, promptId, stage, generation, attempts };
}
