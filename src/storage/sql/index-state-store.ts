import { eq, gt, isNull, lte, sql } from "drizzle-orm";
import type { IndexHolder, IndexPhase, IndexState, IndexStateStore } from "../../domain/ports/index-state.ts";
import type { SqlDatabase } from "./connection.ts";
import { enqueueAll } from "./outbox-queue.ts";
import { indexHolders, indexState, prompts } from "./schema.ts";

const ONLY_ROW = 1;

const stateColumns = {
  fingerprint: indexState.fingerprint,
  phase: indexState.phase,
  revision: indexState.revision,
};

/** What the search index of the library holds, and who fills it. */
export function indexStateStore(database: SqlDatabase): IndexStateStore {
  const { reader, writer } = database;
  const state = reader.db.select(stateColumns).from(indexState).where(eq(indexState.id, ONLY_ROW)).prepare();

  /** Within a transaction. */
  async function current(): Promise<(IndexState & { readonly clearedBy: string | null }) | undefined> {
    return writer.db
      .select({ ...stateColumns, clearedBy: indexState.clearedBy })
      .from(indexState)
      .where(eq(indexState.id, ONLY_ROW))
      .get();
  }

  async function put(next: {
    readonly fingerprint: string;
    readonly phase: IndexPhase;
    readonly clearedBy?: string;
  }): Promise<IndexState> {
    const { fingerprint, phase, clearedBy = null } = next;
    return writer.db
      .insert(indexState)
      .values({ id: ONLY_ROW, fingerprint, phase, clearedBy, revision: 1 })
      .onConflictDoUpdate({
        target: indexState.id,
        set: { fingerprint, phase, clearedBy, revision: sql`${indexState.revision} + 1` },
      })
      .returning(stateColumns)
      .get();
  }

  /** Whether it is this state still, revision and all; if so, enters the phase. */
  async function replace(from: IndexState, phase: IndexPhase): Promise<boolean> {
    if ((await current())?.revision !== from.revision) return false;
    await put({ fingerprint: from.fingerprint, phase });
    return true;
  }

  async function liveHolders(now: Date, connection = writer): Promise<IndexHolder[]> {
    return connection.db.select().from(indexHolders).where(gt(indexHolders.expiresAt, now)).all();
  }

  /** The state that the holder finds or makes, and whether it may fill the index under it. */
  async function ask(
    { id, fingerprint }: IndexHolder,
    now: Date,
  ): Promise<{ state: IndexState; granted: boolean }> {
    const found = await current();
    if (found === undefined) return { state: await put({ fingerprint, phase: "ready" }), granted: true };
    const { clearedBy, ...state } = found;
    const others = (await liveHolders(now)).filter((other) => other.id !== id);
    const isOurs = state.fingerprint === fingerprint;
    if (isOurs && (state.phase !== "clearing" || clearedBy === id)) return { state, granted: true };
    const isTaken = isOurs
      ? others.some((other) => other.id === clearedBy)
      : others.some((other) => other.fingerprint !== fingerprint);
    if (isTaken) return { state, granted: false };
    return { state: await put({ fingerprint, phase: "clearing", clearedBy: id }), granted: true };
  }

  /** Keeps the hold, and drops those of processes that are gone. */
  async function keep(holder: IndexHolder, now: Date): Promise<void> {
    const { id, ...held } = holder;
    await writer.db.delete(indexHolders).where(lte(indexHolders.expiresAt, now)).run();
    await writer.db
      .insert(indexHolders)
      .values(holder)
      .onConflictDoUpdate({ target: indexHolders.id, set: held })
      .run();
  }

  return {
    get: () => database.read(async () => state.get()),
    hold: (holder, now) =>
      database.write(async () => {
        const answer = await ask(holder, now);
        if (answer.granted) await keep(holder, now);
        return answer;
      }),
    release: (holderId) =>
      database.write(async () => {
        await writer.db.delete(indexHolders).where(eq(indexHolders.id, holderId)).run();
      }),
    holders: (now) => database.read(() => liveHolders(now, reader)),
    advance: (from, phase) => database.write(() => replace(from, phase)),
    rebuild: (from, phase) =>
      database.write(async () => {
        if (!(await replace(from, phase))) return false;
        await writer.db
          .update(prompts)
          .set({ indexGeneration: sql`${prompts.indexGeneration} + 1` })
          .where(isNull(prompts.archivedAt))
          .run();
        await enqueueAll(writer);
        return true;
      }),
  };
}
