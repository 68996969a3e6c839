import { and, asc, count, eq, gt, gte, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../../domain/errors.ts";
import type { PromptStore } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { folderQuery, tagQuery } from "./filing.ts";
import { isEmpty, isLive, isOneOf, promptCondition } from "./prompt-filter.ts";
import { foremostQuery, promptColumns, promptPageQuery, toPrompt } from "./prompt-list.ts";
import { endRedirect } from "./redirect-store.ts";
import { promptRedirects, prompts, promptTags, tenantUsage, users } from "./schema.ts";

const nextSeq = sql<number>`(select coalesce(max(seq), 0) + 1 from ${prompts})`;

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function promptStores({ db }: SqliteConnection): (tenantId: string) => PromptStore {
  const select = (condition: SQL) =>
    db
      .select(promptColumns)
      .from(prompts)
      .innerJoin(users, eq(users.id, prompts.authorId))
      .where(and(eq(prompts.tenantId, sql.placeholder("tenantId")), condition))
      .prepare();
  const byId = select(eq(prompts.id, sql.placeholder("id")));
  const byName = select(eq(prompts.name, sql.placeholder("name")));
  const page = db
    .select(promptColumns)
    .from(prompts)
    .innerJoin(users, eq(users.id, prompts.authorId))
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
    .where(and(isLive(sql.placeholder("tenantId")), isOneOf(prompts.id, sql.placeholder("ids"))))
    .prepare();
  const byIds = select(isOneOf(prompts.id, sql.placeholder("ids")));

  return (tenantId) => ({
    async insert(prompt) {
      db.insert(prompts)
        .values({ ...prompt, tenantId, seq: nextSeq })
        .run();
      endRedirect(db, tenantId, prompt.name);
      insertTags(db, tenantId, prompt);
    },
    async update(prompt) {
      const { title, description, tags, latestVersion, updatedAt, archivedAt = null } = prompt;
      const { changes } = db
        .update(prompts)
        .set({ title, description, tags, arguments: prompt.arguments, latestVersion, updatedAt, archivedAt })
        .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, prompt.id)))
        .run();
      if (changes === 0) throw new AppError("not_found", "There is no such prompt.");
      db.delete(promptTags)
        .where(and(eq(promptTags.tenantId, tenantId), eq(promptTags.promptId, prompt.id)))
        .run();
      insertTags(db, tenantId, prompt);
    },
    async rename(id, name, updatedAt) {
      const { changes } = db
        .update(prompts)
        .set({ name, updatedAt })
        .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, id)))
        .run();
      if (changes === 0) throw new AppError("not_found", "There is no such prompt.");
      endRedirect(db, tenantId, name);
    },
    async remove(id) {
      const row = db
        .delete(prompts)
        .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, id)))
        .returning({ seq: prompts.seq })
        .get();
      if (row === undefined) throw new AppError("not_found", "There is no such prompt.");
      db.run(sql`delete from prompt_words where rowid = ${row.seq}`);
    },
    async find(ref) {
      const row = "id" in ref ? byId.get({ tenantId, id: ref.id }) : byName.get({ tenantId, name: ref.name });
      return row === undefined ? undefined : toPrompt(row);
    },
    async findMany(ids) {
      return byIds.all({ tenantId, ids: JSON.stringify(ids) }).map(toPrompt);
    },
    async list(page) {
      return promptPageQuery(db, tenantId, page).all().map(toPrompt);
    },
    async foremost(page) {
      return foremostQuery(db, tenantId, page).all().map(toPrompt);
    },
    async tags(page) {
      return tagQuery(db, tenantId, page).all();
    },
    async folders(page) {
      return folderQuery(db, tenantId, page).all();
    },
    async takenNames(prefix) {
      // One range of an index holds the prefix and all that follows it with "-"; "." is the character after "-".
      const rows = [prompts, promptRedirects].flatMap((table) =>
        db
          .select({ name: table.name })
          .from(table)
          .where(and(eq(table.tenantId, tenantId), gte(table.name, prefix), lt(table.name, `${prefix}.`)))
          .all(),
      );
      const names = rows.map(({ name }) => name);
      return new Set(names.filter((name) => name === prefix || name.startsWith(`${prefix}-`)));
    },
    async findIds(filter, among) {
      if (among !== undefined && isEmpty(filter)) {
        return liveAmong.all({ tenantId, ids: JSON.stringify(among) }).map(({ id }) => id);
      }
      const named = among === undefined ? undefined : isOneOf(prompts.id, among);
      const rows = db
        .select({ id: prompts.id })
        .from(prompts)
        .where(and(promptCondition(tenantId, filter), named))
        .all();
      return rows.map(({ id }) => id);
    },
    async latestVersions() {
      return db
        .select({ id: prompts.id, version: prompts.latestVersion })
        .from(prompts)
        .where(promptCondition(tenantId, {}))
        .all();
    },
    async all({ limit, after }) {
      return page.all({ tenantId, after, limit }).map(toPrompt);
    },
    async removeSome(limit) {
      const rows = db
        .select({ id: prompts.id, seq: prompts.seq })
        .from(prompts)
        .where(eq(prompts.tenantId, tenantId))
        .limit(limit)
        .all();
      for (const { id, seq } of rows) {
        db.run(sql`delete from prompt_words where rowid = ${seq}`);
        db.delete(prompts)
          .where(and(eq(prompts.tenantId, tenantId), eq(prompts.id, id)))
          .run();
      }
      return rows.length;
    },
    async count() {
      return liveCount.get({ tenantId })?.count ?? 0;
    },
  });
}

function insertTags(
  db: SqliteConnection["db"],
  tenantId: string,
  { id, tags }: { readonly id: string; readonly tags: readonly string[] },
): void {
  if (tags.length === 0) return;
  db.insert(promptTags)
    .values([...new Set(tags)].map((tag) => ({ tenantId, promptId: id, tag })))
    .run();
}
