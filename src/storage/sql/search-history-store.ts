import { and, desc, eq, gte, like, lt, type SQL, sql } from "drizzle-orm";
import type {
  SearchCountPage,
  SearchHistoryPage,
  SearchHistoryStore,
} from "../../domain/ports/search-history.ts";
import type { FoundPrompt, SearchRecord } from "../../domain/search-history.ts";
import type { SqlConnection, SqlDb } from "./connection.ts";
import { memberships, searchHistory, users } from "./schema.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function searchHistoryStores(connection: SqlConnection): (tenantId: string) => SearchHistoryStore {
  const { db } = connection;
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
  const insert = db
    .insert(searchHistory)
    .values({
      tenantId: sql.placeholder("tenantId"),
      id: sql.placeholder("id"),
      userId: sql.placeholder("userId"),
      at: sql.placeholder("at"),
      query: sql.placeholder("query"),
      filters: sql.placeholder("filters"),
      hits: sql.placeholder("hits"),
      top: sql.placeholder("top"),
      opened: sql.placeholder("opened"),
    })
    .onConflictDoNothing()
    .prepare();

  return (tenantId) => {
    const isSearch = (id: string) => and(eq(searchHistory.tenantId, tenantId), eq(searchHistory.id, id));
    const isEnabled = async (userId: string) => (await enabled.get({ tenantId, userId }))?.enabled ?? false;
    return {
      async insertMany(searches) {
        for (const { opened, ...search } of searches) {
          // None for who has left meanwhile, or wants none.
          if (!(await isEnabled(search.userId))) continue;
          await insert.run({ ...search, tenantId, opened: opened.map(toRow) });
        }
      },
      async list(userId, page) {
        return (await searchPageQuery(db, tenantId, userId, page).all()).map(toSearchRecord);
      },
      async markOpened(searchId, prompt) {
        const { opened } = (await db.select().from(searchHistory).where(isSearch(searchId)).get()) ?? {};
        if (opened === undefined || opened.some(({ id }) => id === prompt.id)) return;
        await db
          .update(searchHistory)
          .set({ opened: [...opened, toRow(prompt)] })
          .where(isSearch(searchId))
          .run();
      },
      async clear(userId) {
        const own = and(eq(searchHistory.tenantId, tenantId), eq(searchHistory.userId, userId));
        return (await db.delete(searchHistory).where(own).run()).changes;
      },
      async forgetPrompt(promptId) {
        // Ids are made of letters, digits and dashes, which JSON keeps as they are: other rows that pass are left as they were.
        const mentioned = like(searchHistory.top, `%${promptId}%`);
        const rows = await db
          .select({ id: searchHistory.id, top: searchHistory.top, opened: searchHistory.opened })
          .from(searchHistory)
          .where(and(eq(searchHistory.tenantId, tenantId), mentioned))
          .all();
        const others = ({ id }: { readonly id: string }) => id !== promptId;
        for (const { id, top, opened } of rows) {
          const kept = { top: top.filter(others), opened: opened.filter(others) };
          await db.update(searchHistory).set(kept).where(isSearch(id)).run();
        }
      },
      async deleteBefore(at) {
        const old = and(eq(searchHistory.tenantId, tenantId), lt(searchHistory.at, at));
        await db.delete(searchHistory).where(old).run();
      },
      async countByUser(page) {
        return await searchCountQuery(connection, tenantId, page).all();
      },
      isEnabled,
      async setEnabled(userId, value) {
        await db
          .update(memberships)
          .set({ searchHistory: value })
          .where(and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId)))
          .run();
      },
    };
  };
}

/** One page of a user's searches, read off an index. */
export function searchPageQuery(
  db: SqlDb,
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

/** One page of counts, read off an index. */
export function searchCountQuery(
  { db, dialect }: SqlConnection,
  tenantId: string,
  { limit, since, after }: SearchCountPage,
) {
  const day = dialect.day(searchHistory.at);
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
        after === undefined ? undefined : beyond(day, after),
      ),
    )
    .groupBy(sql`day`, users.username)
    .orderBy(sql`day desc`, users.username)
    .limit(limit);
}

function beyond(
  day: SQL<string>,
  { day: lastDay, username }: { readonly day: string; readonly username: string },
): SQL {
  return sql`(${day} < ${lastDay} or (${day} = ${lastDay} and ${users.username} > ${username}))`;
}

function toRow({ at, ...prompt }: FoundPrompt & { readonly at: Date }) {
  return { ...prompt, at: at.getTime() };
}

function toSearchRecord(row: typeof searchHistory.$inferSelect): SearchRecord {
  const { tenantId: _tenant, opened, ...search } = row;
  return { ...search, opened: opened.map((prompt) => ({ ...prompt, at: new Date(prompt.at) })) };
}
