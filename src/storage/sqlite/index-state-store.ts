import { eq, isNull, sql } from "drizzle-orm";
import type { IndexPhase, IndexStateStore } from "../../domain/ports/storage.ts";
import type { SqliteDatabase } from "./database.ts";
import { enqueueAll } from "./outbox-queue.ts";
import { indexState, prompts } from "./schema.ts";

const ONLY_ROW = 1;

/** What the search index of the library holds. */
export function indexStateStore(database: SqliteDatabase): IndexStateStore {
  const { reader, writer } = database;
  const state = reader.db
    .select({ fingerprint: indexState.fingerprint, phase: indexState.phase })
    .from(indexState)
    .where(eq(indexState.id, ONLY_ROW))
    .prepare();

  function put(fingerprint: string, phase: IndexPhase): void {
    writer.db
      .insert(indexState)
      .values({ id: ONLY_ROW, fingerprint, phase })
      .onConflictDoUpdate({ target: indexState.id, set: { fingerprint, phase } })
      .run();
  }

  return {
    get: () => database.read(() => state.get()),
    set: ({ fingerprint, phase }) => database.write(() => put(fingerprint, phase)),
    rebuild: (fingerprint) =>
      database.write(() => {
        writer.db
          .update(prompts)
          .set({ indexGeneration: sql`${prompts.indexGeneration} + 1` })
          .where(isNull(prompts.archivedAt))
          .run();
        enqueueAll(writer);
        put(fingerprint, "building");
      }),
  };
}
