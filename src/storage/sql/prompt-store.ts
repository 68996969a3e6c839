import { and, asc, count, eq, gt, gte, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../../domain/errors.ts";
import { isEmptyFilter } from "../../domain/ports/prompt-filter.ts";
import type { PromptStore } from "../../domain/ports/storage.ts";
import type { SqlConnection, SqlDb } from "./connection.ts";
import { folderQuery, tagQuery } from "./filing.ts";
import { isLive, isOneOf, promptCondition } from "./prompt-filter.ts";
import { foremostQuery, promptPageQuery, selectPrompts, toPrompt } from "./prompt-list.ts";
import { endRedirect } from "./redirect-store.ts";
import { promptRedirects, prompts, promptTags, tenantUsage } from "./schema.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function promptStores(connection: SqlConnection): (tenantId: string) => PromptStore {
  const { db, dialect, words } = connection;
  const select = (condition: SQL) =>
    selectPrompts(connection)
      .where(and(eq(prompts.tenantId, sql.placeholder("tenantId")), condition))
      .prepare();
  const byId = select(eq(prompts.id, sql.placeholder("id")));
  const byName = select(eq(prompts.name, sql.placeholder("name")));
  const page = selectPrompts(connection)
    .where(and(eq(prompts.tenantId, sql.placeholder("tenantId")), gt(prompts.id, sql.placeholder("after"))))
    .orderBy(asc(prompts.id))
    .limit(sql.placeholder("limit"))
    .prepare();
  // Each search asks for these two. What is there is counted by triggers: to count all of a large tenant's takes 6 ms.
  const liveCount = db
    .select({
      count: sql<number>`coalesce((select ${tenantUsage.prompts} from ${tenantUsage} where ${tenantUsage.tenantId} = ${sql.placeholder("tenantId")}), 0) - ${count()}`,
    })
    .from(prompts)
    .where(and(eq(prompts.tenantId, sql.placeholder("tenantId")), isNotNull(prompts.archivedAt)))
    .prepare();
  const liveAmong = db
    .select({ id: prompts.id })
    .from(prompts)
    .where(and(isLive(sql.placeholder("tenantId")), isOneOf(dialect, prompts.id, sql.placeholder("ids"))))
    .prepare();
  const byIds = select(isOneOf(dialect, prompts.id, sql.placeholder("ids")));

  return (tenantId) => ({
    async insert(prompt) {
      await db
        .insert(prompts)
        .values({ ...prompt, tenantId, seq: dialect.nextSeq })
        .run();
      await endRedirect(db, tenantId, prompt.name);
      await insertTags(db, tenantId, prompt);
    },
    async update(prompt) {
      const { title, description, tags, latestVersion, updatedAt, archivedAt = null } = prompt;
      const { changes } = await db
        .update(prompts)
        .set({ title, description, tags, arguments: prompt.arguments, latestVersion, updatedAt, archivedAt })
        .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, prompt.id)))
        .run();
      if (changes === 0) throw new AppError("not_found", "There is no such prompt.");
      await db
        .delete(promptTags)
        .where(and(eq(promptTags.tenantId, tenantId), eq(promptTags.promptId, prompt.id)))
        .run();
      await insertTags(db, tenantId, prompt);
    },
    async rename(id, name, updatedAt) {
      const { changes } = await db
        .update(prompts)
        .set({ name, updatedAt })
        .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, id)))
        .run();
      if (changes === 0) throw new AppError("not_found", "There is no such prompt.");
      await endRedirect(db, tenantId, name);
    },
    async remove(id) {
      await words.remove(tenantId, id);
      const { changes } = await db
        .delete(prompts)
        .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, id)))
        .run();
      if (changes === 0) throw new AppError("not_found", "There is no such prompt.");
    },
    async find(ref) {
      const row =
        "id" in ref
          ? await byId.get({ tenantId, id: ref.id })
          : await byName.get({ tenantId, name: ref.name });
      return row === undefined ? undefined : toPrompt(row);
    },
    async findMany(ids) {
      return (await byIds.all({ tenantId, ids: JSON.stringify(ids) })).map(toPrompt);
    },
    async list(page) {
      return (await promptPageQuery(connection, tenantId, page).all()).map(toPrompt);
    },
    async foremost(page) {
      return (await foremostQuery(connection, tenantId, page).all()).map(toPrompt);
    },
    async tags(page) {
      return await tagQuery(db, tenantId, page).all();
    },
    async folders(page) {
      return await folderQuery(connection, tenantId, page).all();
    },
    async takenNames(prefix) {
      // One range of an index holds the prefix and all that follows it with "-"; "." is the character after "-".
      const namesIn = (table: typeof prompts | typeof promptRedirects) =>
        db
          .select({ name: table.name })
          .from(table)
          .where(and(eq(table.tenantId, tenantId), gte(table.name, prefix), lt(table.name, `${prefix}.`)))
          .all();
      const rows = [...(await namesIn(prompts)), ...(await namesIn(promptRedirects))];
      const names = rows.map(({ name }) => name);
      return new Set(names.filter((name) => name === prefix || name.startsWith(`${prefix}-`)));
    },
    async findIds(filter, among) {
      if (among !== undefined && isEmptyFilter(filter)) {
        return (await liveAmong.all({ tenantId, ids: JSON.stringify(among) })).map(({ id }) => id);
      }
      const named = among === undefined ? undefined : isOneOf(dialect, prompts.id, among);
      const rows = await db
        .select({ id: prompts.id })
        .from(prompts)
        .where(and(promptCondition(dialect, tenantId, filter), named))
        .all();
      return rows.map(({ id }) => id);
    },
    async latestVersions() {
      return await db
        .select({ id: prompts.id, version: prompts.latestVersion })
        .from(prompts)
        .where(promptCondition(dialect, tenantId, {}))
        .all();
    },
    async all({ limit, after }) {
      return (await page.all({ tenantId, after, limit })).map(toPrompt);
    },
    async removeSome(limit) {
      const rows = await db
        .select({ id: prompts.id })
        .from(prompts)
        .where(eq(prompts.tenantId, tenantId))
        .limit(limit)
        .all();
      for (const { id } of rows) {
        await words.remove(tenantId, id);
        await db
          .delete(prompts)
          .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, id)))
          .run();
      }
      return rows.length;
    },
    async count() {
      return (await liveCount.get({ tenantId }))?.count ?? 0;
    },
  });
}

async function insertTags(
  db: SqlDb,
  tenantId: string,
  { id, tags }: { readonly id: string; readonly tags: readonly string[] },
): Promise<void> {
  if (tags.length === 0) return;
  await db
    .insert(promptTags)
    .values([...new Set(tags)].map((tag) => ({ tenantId, promptId: id, tag })))
    .run();
}
