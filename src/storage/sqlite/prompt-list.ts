import { and, asc, desc, eq, type SQL, sql } from "drizzle-orm";
import type { PromptPage, SortField } from "../../domain/ports/storage.ts";
import type { Prompt } from "../../domain/prompt.ts";
import type { SqliteConnection } from "./connection.ts";
import { promptCondition } from "./prompt-filter.ts";
import { labels, prompts, users } from "./schema.ts";

const SORT_COLUMNS = {
  name: prompts.name,
  created_at: prompts.createdAt,
  updated_at: prompts.updatedAt,
} as const satisfies Record<SortField, unknown>;

/** What a `Prompt` is read from: `prompts`, joined with `users` for the author's name. */
export const promptColumns = {
  id: prompts.id,
  name: prompts.name,
  title: prompts.title,
  description: prompts.description,
  tags: prompts.tags,
  arguments: prompts.arguments,
  latestVersion: prompts.latestVersion,
  labels: labelsOfPrompt(),
  authorId: prompts.authorId,
  author: users.username,
  createdAt: prompts.createdAt,
  updatedAt: prompts.updatedAt,
  archivedAt: prompts.archivedAt,
};

/** `{"production": 3}`: read with the prompt, by the start of the labels' primary key. */
function labelsOfPrompt() {
  return sql`(
    select json_group_object(label, version)
    from (
      select label, version from ${labels}
      where ${labels.tenantId} = ${prompts.tenantId} and ${labels.promptId} = ${prompts.id} order by label
    ))`.mapWith((json: string): Readonly<Record<string, number>> => JSON.parse(json));
}

export type PromptRow = Omit<Prompt, "archivedAt"> & { readonly archivedAt: Date | null };

export function toPrompt(row: PromptRow): Prompt {
  return { ...row, archivedAt: row.archivedAt ?? undefined };
}

/** One page, by keyset pagination: the rows after a position in the order of (sort key, id), read off an index. */
export function promptPageQuery(db: SqliteConnection["db"], tenantId: string, page: PromptPage) {
  const direction = page.descending ? desc : asc;
  const sortColumn = SORT_COLUMNS[page.sort];
  return db
    .select(promptColumns)
    .from(prompts)
    .innerJoin(users, eq(users.id, prompts.authorId))
    .where(and(promptCondition(tenantId, page.filter), afterPosition(page)))
    .orderBy(direction(sortColumn), direction(prompts.id))
    .limit(page.limit);
}

function afterPosition({ sort, descending, after }: PromptPage): SQL | undefined {
  if (after === undefined) return undefined;
  const beyond = sql.raw(descending ? "<" : ">");
  return sql`(${SORT_COLUMNS[sort]}, ${prompts.id}) ${beyond} (${after.key}, ${after.id})`;
}
