import { and, desc, eq, getTableColumns, isNull } from "drizzle-orm";
import type { ApiKey } from "../../domain/identity.ts";
import type { ApiKeyStore } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { apiKeys } from "./schema.ts";

const { tenantId: _tenant, ...ownColumns } = getTableColumns(apiKeys);

/** What an `ApiKey` is read from. */
export const apiKeyColumns = ownColumns;

type OptionalTimes = "expiresAt" | "lastUsedAt" | "revokedAt";
export type ApiKeyRow = Omit<ApiKey, OptionalTimes> & { readonly [Time in OptionalTimes]: Date | null };

export function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    ...row,
    expiresAt: row.expiresAt ?? undefined,
    lastUsedAt: row.lastUsedAt ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}

/** Gives the store of any tenant. */
export function apiKeyStores({ db }: SqliteConnection): (tenantId: string) => ApiKeyStore {
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
      async revoke(id, at) {
        db.update(apiKeys).set({ revokedAt: at }).where(isKey(id)).run();
      },
      async touch(id, at) {
        db.update(apiKeys).set({ lastUsedAt: at }).where(isKey(id)).run();
      },
    };
  };
}
