import {
  and,
  eq,
  gte,
  is,
  isNotNull,
  isNull,
  lt,
  Placeholder,
  type SQL,
  type SQLWrapper,
  sql,
} from "drizzle-orm";
import type { PromptFilter } from "../../domain/ports/prompt-filter.ts";
import type { SqlDialect } from "./dialect.ts";
import { favourites, labels, prompts, promptTags, users } from "./schema.ts";

/** The condition on `prompts` for a tenant's prompts that pass a filter. */
export function promptCondition(
  dialect: SqlDialect,
  tenantId: string,
  filter: PromptFilter,
): SQL | undefined {
  const { archived = false, tag, label, namePrefix, author, favouriteOf, since, until, words = [] } = filter;
  return and(
    archived ? and(eq(prompts.tenantId, tenantId), isNotNull(prompts.archivedAt)) : isLive(tenantId),
    tag === undefined ? undefined : hasTag(tenantId, tag),
    label === undefined ? undefined : hasLabel(tenantId, label),
    namePrefix === undefined ? undefined : beginsWith(prompts.name, namePrefix),
    author === undefined
      ? undefined
      : sql`${prompts.authorId} = (select id from ${users} where username = ${author})`,
    favouriteOf === undefined ? undefined : isPinned(tenantId, favouriteOf),
    since === undefined ? undefined : gte(prompts.updatedAt, since),
    until === undefined ? undefined : lt(prompts.updatedAt, until),
    words.length === 0 ? undefined : dialect.hasWords(tenantId, words),
  );
}

/** The condition on `prompts` for a tenant's prompts that are not archived. */
export function isLive(tenantId: string | Placeholder): SQL | undefined {
  return and(eq(prompts.tenantId, tenantId), isNull(prompts.archivedAt));
}

function hasTag(tenantId: string, tag: string): SQL {
  return sql`${prompts.id} in (select prompt_id from ${promptTags} where tenant_id = ${tenantId} and tag = ${tag})`;
}

function hasLabel(tenantId: string, label: string): SQL {
  return sql`${prompts.id} in (select prompt_id from ${labels} where tenant_id = ${tenantId} and label = ${label})`;
}

function isPinned(tenantId: string, userId: string): SQL {
  return sql`${prompts.id} in (select prompt_id from ${favourites} where tenant_id = ${tenantId} and user_id = ${userId})`;
}

/** A range rather than LIKE: it uses the index, and nothing needs escaping. No name or tag holds the last of all code points. */
export function beginsWith(column: SQLWrapper, prefix: string): SQL {
  return sql`${column} >= ${prefix} and ${column} < ${`${prefix}\u{10ffff}`}`;
}

/** A condition with any number of ids as one parameter, so that its text (and the prepared statement) stays the same. */
export function isOneOf(dialect: SqlDialect, column: SQLWrapper, ids: readonly string[] | Placeholder): SQL {
  const json = is(ids, Placeholder) ? ids : JSON.stringify(ids);
  return sql`${column} in (${dialect.strings(json)})`;
}
