import { and, asc, count, eq, gt, sql } from "drizzle-orm";
import type { RedirectStore } from "../../domain/ports/redirects.ts";
import type { SqlConnection, SqlDb } from "./connection.ts";
import { promptRedirects, prompts } from "./schema.ts";

/** Prepares the statements of a connection once; gives the former names of any tenant. */
export function redirectStores({ db }: SqlConnection): (tenantId: string) => RedirectStore {
  const byName = db
    .select({ promptId: promptRedirects.promptId })
    .from(promptRedirects)
    .where(
      and(
        eq(promptRedirects.tenantId, sql.placeholder("tenantId")),
        eq(promptRedirects.name, sql.placeholder("name")),
      ),
    )
    .prepare();

  return (tenantId) => ({
    async find(name) {
      return (await byName.get({ tenantId, name }))?.promptId;
    },
    async put({ name, ...target }) {
      await db
        .insert(promptRedirects)
        .values({ tenantId, name, ...target })
        .onConflictDoUpdate({ target: [promptRedirects.tenantId, promptRedirects.name], set: target })
        .run();
    },
    async remove(name) {
      await endRedirect(db, tenantId, name);
    },
    async count(promptId) {
      const row = await db
        .select({ count: count() })
        .from(promptRedirects)
        .where(and(eq(promptRedirects.tenantId, tenantId), eq(promptRedirects.promptId, promptId)))
        .get();
      return row?.count ?? 0;
    },
    async list({ promptId, limit, after = "" }) {
      const { name, createdAt } = promptRedirects;
      return await db
        .select({ name, promptId: promptRedirects.promptId, leadsTo: prompts.name, createdAt })
        .from(promptRedirects)
        .innerJoin(
          prompts,
          and(eq(prompts.tenantId, promptRedirects.tenantId), eq(prompts.id, promptRedirects.promptId)),
        )
        .where(
          and(
            eq(promptRedirects.tenantId, tenantId),
            promptId === undefined ? undefined : eq(promptRedirects.promptId, promptId),
            gt(name, after),
          ),
        )
        .orderBy(asc(name))
        .limit(limit)
        .all();
    },
  });
}

/** Also of a name that a prompt takes for its own. */
export async function endRedirect(db: SqlDb, tenantId: string, name: string): Promise<void> {
  await db
    .delete(promptRedirects)
    .where(and(eq(promptRedirects.tenantId, tenantId), eq(promptRedirects.name, name)))
    .run();
}
