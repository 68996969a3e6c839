import { and, desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import type { VersionStore } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { isOneOf } from "./prompt-filter.ts";
import { prompts, users, versions } from "./schema.ts";

const { tenantId: _tenant, ...ownColumns } = getTableColumns(versions);
const versionColumns = { ...ownColumns, author: users.username };

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function versionStores({ db }: SqliteConnection): (tenantId: string) => VersionStore {
  const select = (condition: SQL | undefined) =>
    db
      .select(versionColumns)
      .from(versions)
      .innerJoin(users, eq(users.id, versions.authorId))
      .where(and(eq(versions.tenantId, sql.placeholder("tenantId")), condition));

  const ofPrompt = eq(versions.promptId, sql.placeholder("promptId"));
  const byNumber = select(and(ofPrompt, eq(versions.number, sql.placeholder("number")))).prepare();
  const page = select(and(ofPrompt, lt(versions.number, sql.placeholder("before"))))
    .orderBy(desc(versions.number))
    .limit(sql.placeholder("limit"))
    .prepare();
  const latest = db
    .select(versionColumns)
    .from(prompts)
    .innerJoin(
      versions,
      and(
        eq(versions.tenantId, prompts.tenantId),
        eq(versions.promptId, prompts.id),
        eq(versions.number, prompts.latestVersion),
      ),
    )
    .innerJoin(users, eq(users.id, versions.authorId))
    .where(
      and(eq(prompts.tenantId, sql.placeholder("tenantId")), isOneOf(prompts.id, sql.placeholder("ids"))),
    )
    .prepare();

  return (tenantId) => ({
    async insert(version) {
      db.insert(versions)
        .values({ ...version, tenantId })
        .run();
    },
    async find(promptId, number) {
      return byNumber.get({ tenantId, promptId, number });
    },
    async findLatest(promptIds) {
      return latest.all({ tenantId, ids: JSON.stringify(promptIds) });
    },
    async list(promptId, { limit, before = Number.MAX_SAFE_INTEGER }) {
      return page.all({ tenantId, promptId, before, limit });
    },
  });
}
