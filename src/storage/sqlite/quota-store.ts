import { eq, sql } from "drizzle-orm";
import type { QuotaStore } from "../../domain/ports/quotas.ts";
import type { Usage } from "../../domain/quotas.ts";
import type { SqliteConnection } from "./connection.ts";
import { tenantQuotas } from "./schema.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function quotaStores({ client, db }: SqliteConnection): (tenantId: string) => QuotaStore {
  // Counted by triggers as rows come and go: each write asks, and counting all of a large tenant's would take its time.
  const usage = client.prepare<[{ tenantId: string }], Usage>(`
    select coalesce(max(prompts), 0) as prompts, coalesce(max(versions), 0) as versions,
      coalesce(max(storage_bytes), 0) as storage_bytes,
      (select count(*) from memberships where tenant_id = @tenantId) as members,
      (select count(*) from webhooks where tenant_id = @tenantId) as webhooks
    from tenant_usage where tenant_id = @tenantId`);
  const overrides = db
    .select()
    .from(tenantQuotas)
    .where(eq(tenantQuotas.tenantId, sql.placeholder("tenantId")))
    .prepare();

  return (tenantId) => ({
    async usage() {
      return (
        usage.get({ tenantId }) ?? { prompts: 0, versions: 0, storage_bytes: 0, members: 0, webhooks: 0 }
      );
    },
    async overrides() {
      const { prompts, versions, storageBytes, members, webhooks } = overrides.get({ tenantId }) ?? {};
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
      db.insert(tenantQuotas)
        .values({ tenantId, ...row })
        .onConflictDoUpdate({ target: tenantQuotas.tenantId, set: row })
        .run();
    },
  });
}
