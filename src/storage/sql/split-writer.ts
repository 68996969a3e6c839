import { and, eq, sql } from "drizzle-orm";
import type { SplitWriter } from "../../domain/ports/splits.ts";
import type { SqlDatabase } from "./connection.ts";
import { prompts, splits } from "./schema.ts";

/** Writes without waiting for the disk: the indexer writes again whatever is lost. */
export function splitWriter(database: SqlDatabase): SplitWriter {
  const { db } = database.writer;
  // Prepared once: what the indexer does between two batches keeps all others waiting.
  const put = db
    .insert(splits)
    .select(
      db
        .select({
          tenantId: prompts.tenantId,
          promptId: prompts.id,
          version: sql`cast(${sql.placeholder("version")} as bigint)`.as("version"),
          spans: sql`cast(${sql.placeholder("spans")} as text)`.as("spans"),
        })
        .from(prompts)
        .where(
          and(eq(prompts.tenantId, sql.placeholder("tenantId")), eq(prompts.id, sql.placeholder("promptId"))),
        ),
    )
    .onConflictDoUpdate({
      target: [splits.tenantId, splits.promptId],
      set: { version: sql`excluded.version`, spans: sql`excluded.spans` },
      setWhere: sql`excluded.version >= ${splits.version}`,
    })
    .prepare();

  return {
    async put(some) {
      if (some.length === 0) return;
      await database.writeSoon(async () => {
        for (const { spans, ...split } of some) {
          await put.run({ ...split, spans: JSON.stringify(spans.map(({ start, end }) => [start, end])) });
        }
      });
    },
  };
}
