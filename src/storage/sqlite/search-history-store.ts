import { and, desc, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type {
  SearchCountPage,
  SearchHistoryPage,
  SearchHistoryStore,
} from "../../domain/ports/search-history.ts";
import type { SearchRecord } from "../../domain/search-history.ts";
import type { SqliteConnection } from "./connection.ts";
import { memberships, searchHistory, users } from "./schema.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function searchHistoryStores({
  client,
  db,
}: SqliteConnection): (tenantId: string) => SearchHistoryStore {
  // From the membership: a row for who has left meanwhile, or wants none, is not made.
  const insert = client.prepare(`
    insert into search_history (tenant_id, id, user_id, at, query, filters, hits, top, opened)
    select tenant_id, @id, user_id, @at, @query, @filters, @hits, @top, @opened from memberships
    where tenant_id = @tenantId and user_id = @userId and search_history
    on conflict (tenant_id, id) do nothing`);
  const markOpened = client.prepare(`
    update search_history
    set opened = json_insert(opened, '$[#]', json_object('id', @promptId, 'name', @name, 'at', @at))
    where tenant_id = @tenantId and id = @searchId
      and not exists (select 1 from json_each(opened) where value ->> 'id' = @promptId)`);
  const forgetPrompt = client.prepare(`
    update search_history set
      top = (select json_group_array(json(value)) from json_each(top) where value ->> 'id' <> @promptId),
      opened = (select json_group_array(json(value)) from json_each(opened) where value ->> 'id' <> @promptId)
    where tenant_id = @tenantId and exists (select 1 from json_each(top) where value ->> 'id' = @promptId)`);
  const enabled = db
    .select({ enabled: memberships.searchHistory })
    .from(memberships)
    .where(
      and(
        eq(memberships.tenantId, sql.placeholder("tenantId")),
        eq(memberships.userId, sql.placeholder("userId")),
      ),
    )
    .prepare();

  return (tenantId) => ({
    async insertMany(searches) {
      for (const { at, filters, top, opened, ...search } of searches) {
        insert.run({
          ...search,
          tenantId,
          at: at.getTime(),
          filters: JSON.stringify(filters),
          top: JSON.stringify(top),
          opened: JSON.stringify(opened.map((prompt) => ({ ...prompt, at: prompt.at.getTime() }))),
        });
      }
    },
    async list(userId, page) {
      return searchPageQuery(db, tenantId, userId, page).all().map(toSearchRecord);
    },
    async markOpened(searchId, { id: promptId, name, at }) {
      markOpened.run({ tenantId, searchId, promptId, name, at: at.getTime() });
    },
    async clear(userId) {
      const own = and(eq(searchHistory.tenantId, tenantId), eq(searchHistory.userId, userId));
      return db.delete(searchHistory).where(own).run().changes;
    },
    async forgetPrompt(promptId) {
      forgetPrompt.run({ tenantId, promptId });
    },
    async deleteBefore(at) {
      const old = and(eq(searchHistory.tenantId, tenantId), lt(searchHistory.at, at));
      db.delete(searchHistory).where(old).run();
    },
    async countByUser(page) {
      return searchCountQuery(db, tenantId, page).all();
    },
    async isEnabled(userId) {
      return enabled.get({ tenantId, userId })?.enabled ?? false;
    },
    async setEnabled(userId, value) {
      db.update(memberships)
        .set({ searchHistory: value })
        .where(and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId)))
        .run();
    },
  });
}

/** One page of a user's searches, read off an index. */
export function searchPageQuery(
  db: SqliteConnection["db"],
  tenantId: string,
  userId: string,
  { limit, since, after }: SearchHistoryPage,
) {
  const { at, id } = searchHistory;
  return db
    .select()
    .from(searchHistory)
    .where(
      and(
        eq(searchHistory.tenantId, tenantId),
        eq(searchHistory.userId, userId),
        since === undefined ? undefined : gte(at, since),
        after === undefined ? undefined : sql`(${at}, ${id}) < (${after.at.getTime()}, ${after.id})`,
      ),
    )
    .orderBy(desc(at), desc(id))
    .limit(limit);
}

const day = sql<string>`date(${searchHistory.at} / 1000, 'unixepoch')`;

/** One page of counts, read off an index. */
export function searchCountQuery(
  db: SqliteConnection["db"],
  tenantId: string,
  { limit, since, after }: SearchCountPage,
) {
  return db
    .select({
      day: day.as("day"),
      username: users.username,
      searches: sql<number>`count(*)`,
      withoutHits: sql<number>`count(*) filter (where ${searchHistory.hits} = 0)`,
    })
    .from(searchHistory)
    .innerJoin(users, eq(users.id, searchHistory.userId))
    .where(
      and(
        eq(searchHistory.tenantId, tenantId),
        gte(searchHistory.at, since),
        after === undefined ? undefined : beyond(after),
      ),
    )
    .groupBy(sql`day`, users.username)
    .orderBy(sql`day desc`, users.username)
    .limit(limit);
}

function beyond({ day: lastDay, username }: { readonly day: string; readonly username: string }): SQL {
  return sql`(${day} < ${lastDay} or (${day} = ${lastDay} and ${users.username} > ${username}))`;
}

function toSearchRecord(row: typeof searchHistory.$inferSelect): SearchRecord {
  const { tenantId: _tenant, opened, ...search } = row;
  return { ...search, opened: opened.map((prompt) => ({ ...prompt, at: new Date(prompt.at) })) };
}
