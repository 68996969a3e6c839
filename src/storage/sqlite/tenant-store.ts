import type { TenantStore } from "../../domain/ports/storage.ts";
import { apiKeyStores } from "./api-key-store.ts";
import type { SqliteConnection } from "./connection.ts";
import { memberStores } from "./member-store.ts";
import { enqueue } from "./outbox-queue.ts";
import { promptStores } from "./prompt-store.ts";
import { versionStores } from "./version-store.ts";
import { wordIndexes } from "./word-index.ts";

/** Prepares the statements of a connection once; gives all the stores of any tenant. */
export function tenantStores(connection: SqliteConnection): (tenantId: string) => TenantStore {
  const prompts = promptStores(connection);
  const versions = versionStores(connection);
  const members = memberStores(connection);
  const keys = apiKeyStores(connection);
  const words = wordIndexes(connection);
  const pending = connection.client
    .prepare<[string], number>(`
      select count(*) from outbox join prompts on prompts.tenant_id = outbox.tenant_id and prompts.id = outbox.prompt_id
      where outbox.tenant_id = ? and outbox.stage = 'first' and prompts.archived_at is null`)
    .pluck();

  return (tenantId) => ({
    prompts: prompts(tenantId),
    versions: versions(tenantId),
    members: members(tenantId),
    keys: keys(tenantId),
    words: words(tenantId),
    async enqueueIndexing(promptId) {
      enqueue(connection, tenantId, promptId);
    },
    async countPending() {
      return pending.get(tenantId) ?? 0;
    },
  });
}
