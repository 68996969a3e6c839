import { eq, sql } from "drizzle-orm";
import type { QuotaStore } from "../../domain/ports/quotas.ts";
import type { SqlConnection } from "./connection.ts";
import { memberships, tenantQuotas, tenants, tenantUsage, webhooks } from "./schema.ts";

/** How many rows of a table are the tenant's. */
const countOf = (table: typeof memberships | typeof webhooks) =>
  sql<number>`(select count(*) from ${table} where ${table.tenantId} = ${tenants.id})`;

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function quotaStores({ db }: SqlConnection): (tenantId: string) => QuotaStore {
  // Counted by triggers as rows come and go: each write asks, and counting all of a large tenant's would take its time.
  const usage = db
    .select({
      prompts: tenantUsage.prompts,
      versions: tenantUsage.versions,
      storage_bytes: tenantUsage.storageBytes,
      members: countOf(memberships),
      webhooks: countOf(webhooks),
    })
    .from(tenants)
    .leftJoin(tenantUsage, eq(tenantUsage.tenantId, tenants.id))
    .where(eq(tenants.id, sql.placeholder("tenantId")))
    .prepare();
  const overrides = db
    .select()
    .from(tenantQuotas)
    .where(eq(tenantQuotas.tenantId, sql.placeholder("tenantId")))
    .prepare();

  return (tenantId) => ({
    async usage() {
      const row = await usage.get({ tenantId });
      return {
        prompts: row?.prompts ?? 0,
        versions: row?.versions ?? 0,
        storage_bytes: row?.storage_bytes ?? 0,
        members: row?.members ?? 0,
        webhooks: row?.webhooks ?? 0,
      };
    },
    async overrides() {
      const { prompts, versions, storageBytes, members, webhooks } =
        (await overrides.get({ tenantId })) ?? {};
      return {
        ...(prompts == null ? {} : { prompts }),
        ...(versions == null ? {} : { versions }),
        ...(storageBytes == null ? {} : { storage_bytes: storageBytes }),
        ...(members == null ? {} : { members }),
        ...(webhooks == null ? {} : { webhooks }),
      };
    },
    async setOverrides({
      prompts = null,
      versions = null,
      storage_bytes: storageBytes = null,
      members = null,
      webhooks = null,
    }) {
      const row = { prompts, versions, storageBytes, members, webhooks };
      await db
        .insert(tenantQuotas)
        .values({ tenantId, ...row })
        .onConflictDoUpdate({ target: tenantQuotas.tenantId, set: row })
        .run();
    },
  });
}
