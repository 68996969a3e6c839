import { and, count, eq, max, or, type SQL, sql } from "drizzle-orm";
import { isEmptyFilter, type PromptFilter } from "../../domain/ports/prompt-filter.ts";
import type { ChunkHit, SearchIndex } from "../../domain/ports/search.ts";
import { isLive, isOneOf, promptCondition } from "../sql/prompt-filter.ts";
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
  const isLiveHere = isLive(sql.placeholder("tenantId"));
  const nearestPrompts = nearestPromptsQuery(reader.db, isLiveHere);
  const nearestChunks = nearestChunksQuery(reader.db, isLiveHere);
  const isAsked = isOneOf(sqliteDialect, prompts.id, sql.placeholder("ids"));
  const isTold = or(isOneOf(sqliteDialect, prompts.id, sql.placeholder("also")), eq(chunks.position, 0));
  const chunksOfSome = chunksWith(reader.db, CHUNK_DISTANCE, and(isLiveHere, isAsked, isTold)).prepare();
  // What a slow worker brings of an older version is dropped: the newer one may be in the index already.
  const put = writer.client.prepare(`
    insert into chunks (tenant_id, prompt_id, position, total, version, vector)
    select tenant_id, id, @position, @total, @version, @vector
    from prompts where tenant_id = @tenantId and id = @promptId and latest_version <= @version and archived_at is null
    on conflict (tenant_id, prompt_id, position) do update
    set total = excluded.total, version = excluded.version, vector = excluded.vector`);

  return {
    id: "sqlite-vec",
    async upsert(tenantId, pieces) {
      if (pieces.length === 0) return;
      // Lost, they are made again: what says that they are there is written after them.
      await database.writeSoon(() => {
        for (const { promptId, version, position, total, vector } of pieces) {
          put.run({ tenantId, promptId, version, position, total, vector: blobOf(vector) });
        }
      });
    },
    async prune(tenantId, promptId, version) {
      const ofPrompt = and(eq(chunks.tenantId, tenantId), eq(chunks.promptId, promptId));
      // Older ones, not other ones, for the same reason.
      const outdated = version === undefined ? undefined : sql`${chunks.version} < ${version}`;
      await database.write(() => writer.db.delete(chunks).where(and(ofPrompt, outdated)).run());
    },
    async nearest(tenantId, vector, { filter, limit }) {
      const query = isEmptyFilter(filter)
        ? nearestPrompts
        : nearestPromptsQuery(reader.db, passing(tenantId, filter));
      const rows = await database.read(() => query.all({ tenantId, limit, ...asked(vector) }));
      return rows.map(hitOf);
    },
    async look(tenantId, vector, { filter, nearest: limit, also, openings }) {
      const query = isEmptyFilter(filter)
        ? nearestChunks
        : nearestChunksQuery(reader.db, passing(tenantId, filter));
      const asksFor = { ids: JSON.stringify([...also, ...openings]), also: JSON.stringify(also) };
      const near =
        limit === 0 ? [] : await database.read(() => query.all({ tenantId, limit, ...asked(vector) }));
      const others =
        also.length + openings.length === 0
          ? []
          : await database.read(() => chunksOfSome.all({ tenantId, ...asksFor, ...asked(vector) }));
      const farthest = near[limit - 1];
      const horizon = farthest === undefined ? Number.NEGATIVE_INFINITY : hitOf(farthest).similarity;
      return {
        chunks: [...near, ...others].map(hitOf),
        horizon: limit === 0 ? Number.POSITIVE_INFINITY : horizon,
      };
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

function passing(tenantId: string, filter: PromptFilter): SQL | undefined {
  return promptCondition(sqliteDialect, tenantId, filter);
}

interface Row {
  readonly promptId: string;
  readonly position: number;
  readonly distance: number;
}

function hitOf({ promptId, position, distance }: Row): ChunkHit {
  return { promptId, position, similarity: 1 - distance };
}

/** The chunks of prompts that meet a condition, with `distance` as it is said. */
function chunksWith(db: SqliteDatabase["reader"]["db"], distance: SQL<number>, condition: SQL | undefined) {
  return (
    db
      .select({
        promptId: prompts.id,
        position: chunks.position,
        distance: distance.as("distance"),
      })
      // A cross join, which SQLite does not turn round: only chunks of prompts that pass are read at all.
      .from(prompts)
      .crossJoin(chunks)
      .where(
        and(condition, eq(chunks.tenantId, prompts.tenantId), eq(chunks.promptId, prompts.id), comparable()),
      )
  );
}

/** SQLite takes the other columns of a group from the row that has its minimum: the position is the best chunk's. */
function nearestPromptsQuery(db: SqliteDatabase["reader"]["db"], condition: SQL | undefined) {
  return chunksWith(db, sql`min(${DISTANCE})`, condition)
    .groupBy(prompts.id)
    .having(sql`distance is not null`)
    .orderBy(sql`distance`, prompts.id)
    .limit(sql.placeholder("limit"))
    .prepare();
}

function nearestChunksQuery(db: SqliteDatabase["reader"]["db"], condition: SQL | undefined) {
  return chunksWith(db, CHUNK_DISTANCE, condition)
    .orderBy(sql`distance`)
    .limit(sql.placeholder("limit"))
    .prepare();
}

/** The vectors of another model may have another length: they cannot be compared. */
function comparable(): SQL {
  return sql`length(${chunks.vector}) = ${sql.placeholder("bytes")}`;
}

const DISTANCE = sql<number>`vec_distance_cosine(${chunks.vector}, ${sql.placeholder("vector")})`;
/** A vector of nothing has no direction, and no distance: it is as far as can be. */
const CHUNK_DISTANCE = sql<number>`coalesce(${DISTANCE}, 2)`;

/** The vector that others are compared with, as the statements take it. */
function asked(vector: Float32Array) {
  return { vector: blobOf(vector), bytes: vector.byteLength };
}

function blobOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
