import { and, asc, count, eq, gt, isNull, sql } from "drizzle-orm";
import type { FilingPage } from "../../domain/ports/storage.ts";
import type { SqlConnection, SqlDb } from "./connection.ts";
import { beginsWith, promptCondition } from "./prompt-filter.ts";
import { prompts, promptTags } from "./schema.ts";

/** One page of tags, read off their index. */
export function tagQuery(db: SqlDb, tenantId: string, { prefix, limit, after = "" }: FilingPage) {
  return db
    .select({ tag: promptTags.tag, prompts: count() })
    .from(promptTags)
    .innerJoin(prompts, and(eq(prompts.tenantId, promptTags.tenantId), eq(prompts.id, promptTags.promptId)))
    .where(
      and(
        eq(promptTags.tenantId, tenantId),
        isNull(prompts.archivedAt),
        gt(promptTags.tag, after),
        beginsWith(promptTags.tag, prefix),
      ),
    )
    .groupBy(promptTags.tag)
    .orderBy(asc(promptTags.tag))
    .limit(limit);
}

/** One page of the folders right below a path: names of one range of their index, cut at the next slash. */
export function folderQuery(
  { db, dialect }: SqlConnection,
  tenantId: string,
  { prefix, limit, after = "" }: FilingPage,
) {
  // Positions in SQL count code points, as the length of the prefix has to.
  const rest = sql`substr(${prompts.name}, ${[...prefix].length + 1})`;
  const slash = dialect.position(rest, "/");
  const folder = sql<string>`${prefix} || substr(${rest}, 1, ${slash} - 1)`;
  return db
    .select({ folder: folder.as("folder"), prompts: count() })
    .from(prompts)
    .where(
      and(
        promptCondition(dialect, tenantId, { namePrefix: prefix }),
        sql`${slash} > 0`,
        sql`${folder} > ${after}`,
      ),
    )
    .groupBy(sql`folder`)
    .orderBy(sql`folder`)
    .limit(limit);
}
