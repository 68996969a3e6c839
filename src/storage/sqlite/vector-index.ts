import { and, count, eq, max, type SQL, sql } from "drizzle-orm";
import type { ChunkHit, SearchIndex } from "../../domain/ports/search.ts";
import { isEmpty, isLive, isOneOf, promptCondition } from "../sql/prompt-filter.ts";
import { chunks, prompts } from "../sql/schema.ts";
import type { SqliteDatabase } from "./database.ts";
import { sqliteDialect } from "./dialect.ts";

/**
 * The index of meanings inside the library's own file. Search is exact: each of the tenant's chunks is compared, by
 * sqlite-vec's `vec_distance_cosine` on a plain table. Not a vec0 virtual table: that takes 1.5 MB for each
 * partition, thus for each tenant, scans as well, and takes its k nearest before a join can filter them.
 */
export function createSqliteVecIndex(database: SqliteDatabase): SearchIndex {
  const { reader, writer } = database;
  // Prepared once: built anew for each search, they take as long as the comparison of 1,500 chunks.
  const nearestOfAll = nearestQuery(reader.db, isLive(sql.placeholder("tenantId")));
  const openings = openingsQuery(reader.db);
  // What a slow worker brings of an older version is dropped: the newer one may be in the index already.
  const put = writer.client.prepare(`
    insert into chunks (tenant_id, prompt_id, position, total, version, start, "end", vector)
    select tenant_id, id, @position, @total, @version, @start, @end, @vector
    from prompts where tenant_id = @tenantId and id = @promptId and latest_version <= @version and archived_at is null
    on conflict (tenant_id, prompt_id, position) do update
    set total = excluded.total, version = excluded.version, start = excluded.start, "end" = excluded."end", vector = excluded.vector`);

  return {
    id: "sqlite-vec",
    async upsert(tenantId, pieces) {
      if (pieces.length === 0) return;
      await database.write(() => {
        for (const { promptId, version, position, total, span, vector } of pieces) {
          const { start, end } = span;
          put.run({ tenantId, promptId, version, position, total, start, end, vector: blobOf(vector) });
        }
      });
    },
    async prune(tenantId, promptId, version) {
      const ofPrompt = and(eq(chunks.tenantId, tenantId), eq(chunks.promptId, promptId));
      // Older ones, not other ones, for the same reason.
      const outdated = version === undefined ? undefined : sql`${chunks.version} < ${version}`;
      await database.write(() => writer.db.delete(chunks).where(and(ofPrompt, outdated)).run());
    },
    async nearest(tenantId, vector, { filter, limit, among }) {
      const condition = and(
        promptCondition(sqliteDialect, tenantId, filter),
        among === undefined ? undefined : isOneOf(sqliteDialect, prompts.id, among),
      );
      const query =
        among === undefined && isEmpty(filter) ? nearestOfAll : nearestQuery(reader.db, condition);
      const rows = await database.read(() => query.all({ tenantId, limit, ...asked(vector) }));
      return rows.map(
        ({ promptId, version, start, end, position, distance }): ChunkHit => ({
          promptId,
          version,
          span: { start, end },
          opens: position === 0,
          similarity: 1 - distance,
        }),
      );
    },
    async openings(tenantId, vector, promptIds) {
      const ids = JSON.stringify(promptIds);
      const rows = await database.read(() => openings.all({ tenantId, ids, ...asked(vector) }));
      return new Map(
        rows.flatMap(({ promptId, distance }) => (distance === null ? [] : [[promptId, 1 - distance]])),
      );
    },
    async count(tenantId) {
      const row = await database.read(() =>
        reader.db.select({ count: count() }).from(chunks).where(eq(chunks.tenantId, tenantId)).get(),
      );
      return row?.count ?? 0;
    },
    async tenantIds() {
      const rows = await database.read(() =>
        reader.db.selectDistinct({ tenantId: chunks.tenantId }).from(chunks).all(),
      );
      return rows.map(({ tenantId }) => tenantId);
    },
    inventory: (tenantId) =>
      database.read(() =>
        reader.db
          .select({
            promptId: chunks.promptId,
            version: chunks.version,
            chunks: count(),
            total: max(chunks.total).mapWith(Number),
          })
          .from(chunks)
          .where(eq(chunks.tenantId, tenantId))
          .groupBy(chunks.promptId, chunks.version)
          .all(),
      ),
    async reset() {
      await database.write(() => writer.db.delete(chunks).run());
    },
  };
}

/** SQLite takes the other columns of a group from the row that has its minimum: version, span and position are the best chunk's. */
function nearestQuery(db: SqliteDatabase["reader"]["db"], condition: SQL | undefined) {
  const distance = sql<number>`min(vec_distance_cosine(${chunks.vector}, ${VECTOR}))`;
  return (
    db
      .select({
        promptId: prompts.id,
        version: chunks.version,
        start: chunks.start,
        end: chunks.end,
        position: chunks.position,
        distance: distance.as("distance"),
      })
      // A cross join, which SQLite does not turn round: only chunks of prompts that pass are read at all.
      .from(prompts)
      .crossJoin(chunks)
      .where(
        and(condition, eq(chunks.tenantId, prompts.tenantId), eq(chunks.promptId, prompts.id), comparable()),
      )
      .groupBy(prompts.id)
      .having(sql`distance is not null`)
      .orderBy(sql`distance`, prompts.id)
      .limit(sql.placeholder("limit"))
      .prepare()
  );
}

function openingsQuery(db: SqliteDatabase["reader"]["db"]) {
  return db
    .select({
      promptId: chunks.promptId,
      distance: sql<number | null>`vec_distance_cosine(${chunks.vector}, ${VECTOR})`,
    })
    .from(chunks)
    .where(
      and(
        eq(chunks.tenantId, sql.placeholder("tenantId")),
        isOneOf(sqliteDialect, chunks.promptId, sql.placeholder("ids")),
        eq(chunks.position, 0),
        comparable(),
      ),
    )
    .prepare();
}

/** The vectors of another model may have another length: they cannot be compared. */
function comparable(): SQL {
  return sql`length(${chunks.vector}) = ${sql.placeholder("bytes")}`;
}

const VECTOR = sql.placeholder("vector");

/** The vector that others are compared with, as the statements take it. */
function asked(vector: Float32Array) {
  return { vector: blobOf(vector), bytes: vector.byteLength };
}

function blobOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
