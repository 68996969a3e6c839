import { and, desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import type { VersionStore } from "../../domain/ports/storage.ts";
import type { Version } from "../../domain/prompt.ts";
import type { SqlConnection } from "./connection.ts";
import { users, versions } from "./schema.ts";

const { tenantId: _tenant, ...ownColumns } = getTableColumns(versions);
const versionColumns = { ...ownColumns, author: users.username };

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function versionStores({ db, dialect }: SqlConnection): (tenantId: string) => VersionStore {
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
  // A cross join, which SQLite does not turn round: from the few asked for to their rows.
  const byRefs = db
    .select(versionColumns)
    .from(sql`${dialect.arrays(sql.placeholder("refs"))} as ref`)
    .crossJoin(versions)
    .innerJoin(users, eq(users.id, versions.authorId))
    .where(
      and(
        eq(versions.tenantId, sql.placeholder("tenantId")),
        sql`${versions.promptId} = ref.value ->> 0`,
        sql`${versions.number} = cast(ref.value ->> 1 as integer)`,
      ),
    )
    .prepare();

  return (tenantId) => ({
    async insert(version) {
      await db
        .insert(versions)
        .values({ ...version, tenantId })
        .run();
    },
    async find(promptId, number) {
      const row = await byNumber.get({ tenantId, promptId, number });
      return row && toVersion(row);
    },
    async findMany(refs) {
      const asked = JSON.stringify(refs.map((ref) => [ref.promptId, ref.number]));
      return (await byRefs.all({ tenantId, refs: asked })).map(toVersion);
    },
    async list(promptId, { limit, before = Number.MAX_SAFE_INTEGER }) {
      return (await page.all({ tenantId, promptId, before, limit })).map(toVersion);
    },
  });
}

type VersionRow = Omit<Version, "messages" | "inputSchema" | "config"> & {
  readonly [Field in "messages" | "inputSchema" | "config"]: NonNullable<Version[Field]> | null;
};

function toVersion({ messages, inputSchema, config, ...row }: VersionRow): Version {
  return {
    ...row,
    messages: messages ?? undefined,
    inputSchema: inputSchema ?? undefined,
    config: config ?? {},
  };
}
