import { and, desc, eq, getTableColumns, isNull, lt, or, sql } from "drizzle-orm";
import type { ApiKey } from "../../domain/identity.ts";
import type { ApiKeyStore } from "../../domain/ports/storage.ts";
import type { SqlConnection } from "./connection.ts";
import { apiKeys, users } from "./schema.ts";

const { tenantId: _tenant, ...ownColumns } = getTableColumns(apiKeys);

/** What an `ApiKey` is read from. */
export const apiKeyColumns = ownColumns;

export type ApiKeyRow = Omit<typeof apiKeys.$inferSelect, "tenantId">;

export function toApiKey({ retiringHash, retiringUntil, ...row }: ApiKeyRow): ApiKey {
  return {
    ...row,
    madeBy: row.madeBy ?? undefined,
    scopes: row.scopes ?? undefined,
    retiring:
      retiringHash === null || retiringUntil === null
        ? undefined
        : { secretHash: retiringHash, until: retiringUntil },
    expiresAt: row.expiresAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}

function toRow({ retiring, ...key }: ApiKey): ApiKeyRow {
  return {
    ...key,
    madeBy: key.madeBy ?? null,
    scopes: key.scopes ?? null,
    retiringHash: retiring?.secretHash ?? null,
    retiringUntil: retiring?.until ?? null,
    expiresAt: key.expiresAt ?? null,
    lastUsedAt: key.lastUsedAt ?? null,
    revokedAt: key.revokedAt ?? null,
  };
}

/** `family`: a key and all that were made with it, directly or not. */
const family = (tenantId: string, ancestor: string) => sql`with recursive family(id) as (
  select id from api_keys where tenant_id = ${tenantId} and id = ${ancestor}
  union
  select made.id from api_keys made join family on made.made_by = family.id where made.tenant_id = ${tenantId}
)`;

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function apiKeyStores({ db }: SqlConnection): (tenantId: string) => ApiKeyStore {
  return (tenantId) => {
    const isKey = (id: string) => and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.id, id));
    return {
      async insert(key) {
        await db
          .insert(apiKeys)
          .values({ ...toRow(key), tenantId })
          .run();
      },
      async listOf(userId) {
        const rows = await db
          .select(apiKeyColumns)
          .from(apiKeys)
          .where(and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.userId, userId), isNull(apiKeys.revokedAt)))
          .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
          .all();
        return rows.map(toApiKey);
      },
      async listAll({ limit, after }) {
        const { createdAt, id, revokedAt } = apiKeys;
        const rows = await db
          .select({ key: apiKeyColumns, username: users.username })
          .from(apiKeys)
          .innerJoin(users, eq(users.id, apiKeys.userId))
          .where(
            and(
              eq(apiKeys.tenantId, tenantId),
              isNull(revokedAt),
              after &&
                or(lt(createdAt, after.createdAt), and(eq(createdAt, after.createdAt), lt(id, after.id))),
            ),
          )
          .orderBy(desc(createdAt), desc(id))
          .limit(limit)
          .all();
        return rows.map(({ key, username }) => ({ ...toApiKey(key), username }));
      },
      async find(id) {
        const row = await db.select(apiKeyColumns).from(apiKeys).where(isKey(id)).get();
        return row === undefined ? undefined : toApiKey(row);
      },
      async descends(id, ancestor) {
        const found = await db.get(
          sql`${family(tenantId, ancestor)} select 1 as found from family where id = ${id}`,
        );
        return found !== undefined;
      },
      async revoke(id, at) {
        await db.run(sql`${family(tenantId, id)}
          update api_keys set revoked_at = ${at.getTime()}
          where tenant_id = ${tenantId} and id in (select id from family) and revoked_at is null`);
      },
      async setSecret(key) {
        const { secretHash, prefix, retiringHash, retiringUntil } = toRow(key);
        await db
          .update(apiKeys)
          .set({ secretHash, prefix, retiringHash, retiringUntil })
          .where(isKey(key.id))
          .run();
      },
      async touch(id, at) {
        await db.update(apiKeys).set({ lastUsedAt: at }).where(isKey(id)).run();
      },
    };
  };
}
