import { and, desc, eq, getTableColumns, isNull } from "drizzle-orm";
import type { ApiKey } from "../../domain/identity.ts";
import type { ApiKeyStore } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { apiKeys } from "./schema.ts";

const { tenantId: _tenant, ...ownColumns } = getTableColumns(apiKeys);

/** What an `ApiKey` is read from. */
export const apiKeyColumns = ownColumns;

type Optional = "madeBy" | "expiresAt" | "lastUsedAt" | "revokedAt";
export type ApiKeyRow = Omit<ApiKey, Optional> & {
  readonly [Field in Optional]: NonNullable<ApiKey[Field]> | null;
};

export function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    ...row,
    madeBy: row.madeBy ?? undefined,
    expiresAt: row.expiresAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}

/** `family`: a key and all that were made with it, directly or not. */
const FAMILY = `with recursive family(id) as (
  select id from api_keys where tenant_id = @tenantId and id = @ancestor
  union
  select made.id from api_keys made join family on made.made_by = family.id where made.tenant_id = @tenantId
)`;

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function apiKeyStores({ client, db }: SqliteConnection): (tenantId: string) => ApiKeyStore {
  const descendant = client
    .prepare<[{ tenantId: string; ancestor: string; id: string }], number>(
      `${FAMILY} select 1 from family where id = @id`,
    )
    .pluck();
  const revokeFamily = client.prepare<[{ tenantId: string; ancestor: string; at: number }]>(
    `${FAMILY} update api_keys set revoked_at = @at
     where tenant_id = @tenantId and id in (select id from family) and revoked_at is null`,
  );

  return (tenantId) => {
    const isKey = (id: string) => and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.id, id));
    return {
      async insert(key) {
        db.insert(apiKeys)
          .values({ ...key, tenantId })
          .run();
      },
      async listOf(userId) {
        const rows = db
          .select(apiKeyColumns)
          .from(apiKeys)
          .where(and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.userId, userId), isNull(apiKeys.revokedAt)))
          .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
          .all();
        return rows.map(toApiKey);
      },
      async find(id) {
        const row = db.select(apiKeyColumns).from(apiKeys).where(isKey(id)).get();
        return row === undefined ? undefined : toApiKey(row);
      },
      async descends(id, ancestor) {
        return descendant.get({ tenantId, ancestor, id }) !== undefined;
      },
      async revoke(id, at) {
        revokeFamily.run({ tenantId, ancestor: id, at: at.getTime() });
      },
      async touch(id, at) {
        db.update(apiKeys).set({ lastUsedAt: at }).where(isKey(id)).run();
      },
    };
  };
}
