import { and, count, eq, sql } from "drizzle-orm";
import type { TenantStore } from "../../domain/ports/storage.ts";
import { apiKeyStores } from "./api-key-store.ts";
import { auditStores } from "./audit-store.ts";
import type { SqlConnection } from "./connection.ts";
import { favouriteStores } from "./favourite-store.ts";
import { includeStores } from "./include-store.ts";
import { invitationStores } from "./invitation-store.ts";
import { labelStores } from "./label-store.ts";
import { memberStores } from "./member-store.ts";
import { clientGrantStores } from "./oauth-store.ts";
import { onceStores } from "./once-store.ts";
import { enqueue } from "./outbox-queue.ts";
import { promptStores } from "./prompt-store.ts";
import { quotaStores } from "./quota-store.ts";
import { redirectStores } from "./redirect-store.ts";
import { reviewStores } from "./review-store.ts";
import { outbox, prompts } from "./schema.ts";
import { searchHistoryStores } from "./search-history-store.ts";
import { shownStores } from "./shown-store.ts";
import { useStores } from "./use-store.ts";
import { versionStores } from "./version-store.ts";
import { webhookStores } from "./webhook-store.ts";
import { wordIndexes } from "./word-index.ts";

/** Prepares the statements of a connection once; gives all the stores of any tenant. */
export function tenantStores(connection: SqlConnection): (tenantId: string) => TenantStore {
  const promptsOf = promptStores(connection);
  const versions = versionStores(connection);
  const shown = shownStores(connection);
  const labels = labelStores(connection);
  const includes = includeStores(connection);
  const members = memberStores(connection);
  const invitations = invitationStores(connection);
  const keys = apiKeyStores(connection);
  const words = wordIndexes(connection);
  const history = searchHistoryStores(connection);
  const quotas = quotaStores(connection);
  const once = onceStores(connection);
  const audits = auditStores(connection);
  const clientGrants = clientGrantStores(connection);
  const reviews = reviewStores(connection);
  const redirects = redirectStores(connection);
  const favourites = favouriteStores(connection);
  const uses = useStores(connection);
  const webhooks = webhookStores(connection);
  // Each search asks for this: both halves are answered from indexes, also when a large import is waiting.
  const pending = connection.db
    .select({ count: count() })
    .from(outbox)
    .where(
      and(
        eq(outbox.tenantId, sql.placeholder("tenantId")),
        eq(outbox.stage, "first"),
        sql`exists (
          select 1 from ${prompts} where ${prompts.tenantId} = ${outbox.tenantId}
            and ${prompts.id} = ${outbox.promptId} and ${prompts.archivedAt} is null)`,
      ),
    )
    .prepare();

  return (tenantId) => ({
    prompts: promptsOf(tenantId),
    versions: versions(tenantId),
    shown: shown(tenantId),
    labels: labels(tenantId),
    includes: includes(tenantId),
    members: members(tenantId),
    invitations: invitations(tenantId),
    keys: keys(tenantId),
    words: words(tenantId),
    history: history(tenantId),
    quotas: quotas(tenantId),
    once: once(tenantId),
    audit: audits(tenantId),
    clientGrants: clientGrants(tenantId),
    reviews: reviews(tenantId),
    redirects: redirects(tenantId),
    favourites: favourites(tenantId),
    uses: uses(tenantId),
    webhooks: webhooks(tenantId),
    async enqueueIndexing(promptId) {
      await enqueue(connection, tenantId, promptId);
    },
    async countPending() {
      return (await pending.get({ tenantId }))?.count ?? 0;
    },
  });
}
