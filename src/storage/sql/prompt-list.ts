import { and, asc, desc, eq, gte, inArray, isNotNull, not, or, type SQL, sql } from "drizzle-orm";
import type { PromptPage, PromptStore, SortField } from "../../domain/ports/storage.ts";
import type { Prompt } from "../../domain/prompt.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { isOneOf, promptCondition } from "./prompt-filter.ts";
import { favourites, labels, prompts, promptUses, users } from "./schema.ts";

const SORT_COLUMNS = {
  name: prompts.name,
  created_at: prompts.createdAt,
  updated_at: prompts.updatedAt,
} as const satisfies Record<SortField, unknown>;

/** What a `Prompt` is read from: `prompts`, joined with `users` for the author's name. */
const promptColumns = (dialect: SqlDialect) => ({
  id: prompts.id,
  name: prompts.name,
  title: prompts.title,
  description: prompts.description,
  tags: prompts.tags,
  arguments: prompts.arguments,
  latestVersion: prompts.latestVersion,
  labels: labelsOfPrompt(dialect),
  authorId: prompts.authorId,
  author: users.username,
  createdAt: prompts.createdAt,
  updatedAt: prompts.updatedAt,
  archivedAt: prompts.archivedAt,
});

/** Prompts with all that is read of them. */
export function selectPrompts({ db, dialect }: SqlConnection) {
  return db.select(promptColumns(dialect)).from(prompts).innerJoin(users, eq(users.id, prompts.authorId));
}

/** `{"production": 3}`: read with the prompt, by the start of the labels' primary key. */
function labelsOfPrompt(dialect: SqlDialect) {
  const rows = sql`
    select label as key, version as value from ${labels}
    where ${labels.tenantId} = ${prompts.tenantId} and ${labels.promptId} = ${prompts.id} order by label`;
  return dialect.object(rows).mapWith((json: string): Readonly<Record<string, number>> => JSON.parse(json));
}

export type PromptRow = Omit<Prompt, "archivedAt"> & { readonly archivedAt: Date | null };

export function toPrompt(row: PromptRow): Prompt {
  return { ...row, archivedAt: row.archivedAt ?? undefined };
}

/** One page, by keyset pagination: the rows after a position in the order of (sort key, id), read off an index. */
export function promptPageQuery(connection: SqlConnection, tenantId: string, page: PromptPage) {
  const { dialect } = connection;
  const direction = page.descending ? desc : asc;
  const sortColumn = SORT_COLUMNS[page.sort];
  return selectPrompts(connection)
    .where(
      and(
        promptCondition(dialect, tenantId, page.filter),
        without(dialect, page.except),
        afterPosition(page),
      ),
    )
    .orderBy(direction(sortColumn), direction(prompts.id))
    .limit(page.limit);
}

function without(dialect: SqlDialect, ids: readonly string[] | undefined): SQL | undefined {
  return ids === undefined || ids.length === 0 ? undefined : not(isOneOf(dialect, prompts.id, ids));
}

function afterPosition({ sort, descending, after }: PromptPage): SQL | undefined {
  if (after === undefined) return undefined;
  const beyond = sql.raw(descending ? "<" : ">");
  return sql`(${SORT_COLUMNS[sort]}, ${prompts.id}) ${beyond} (${after.key}, ${after.id})`;
}

/** The pinned ones, and what was used, by how much. */
export function foremostQuery(
  connection: SqlConnection,
  tenantId: string,
  page: Parameters<PromptStore["foremost"]>[0],
) {
  const { db, dialect } = connection;
  const { filter, userId, since, limit } = page;
  const pinned = db
    .select({ id: favourites.promptId })
    .from(favourites)
    .where(and(eq(favourites.tenantId, tenantId), eq(favourites.userId, userId)));
  const used = db
    .select({
      promptId: promptUses.promptId,
      times: sql<number>`sum(${promptUses.renders} + ${promptUses.reads})`.as("times"),
    })
    .from(promptUses)
    .where(and(eq(promptUses.tenantId, tenantId), gte(promptUses.day, since)))
    .groupBy(promptUses.promptId)
    .as("used");
  return selectPrompts(connection)
    .leftJoin(used, eq(used.promptId, prompts.id))
    .where(
      and(promptCondition(dialect, tenantId, filter), or(inArray(prompts.id, pinned), isNotNull(used.times))),
    )
    .orderBy(desc(inArray(prompts.id, pinned)), desc(sql`coalesce(${used.times}, 0)`), asc(prompts.name))
    .limit(limit);
}
