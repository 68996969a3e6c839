import { AppError } from "../domain/errors.ts";
import type { CallContext, Caller, Tenant } from "../domain/identity.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { QUOTAS, type Quota, type Quotas, type Usage } from "../domain/quotas.ts";
import { audit } from "./audit.ts";
import { findTenant } from "./named-tenant.ts";

export interface Standing {
  readonly used: Usage;
  readonly allowed: Quotas;
}

/** What is not named stays as it is. */
export type QuotaChange = { readonly [Named in Quota]?: number | null | undefined };

export type QuotaService = ReturnType<typeof createQuotaService>;

/** How much a tenant may have, and that it gets no more. */
export function createQuotaService(deps: { readonly storage: Storage; readonly defaults: Quotas }) {
  const { storage, defaults } = deps;

  async function standing(store: Pick<TenantStore, "quotas">): Promise<Standing> {
    const [used, overrides] = [await store.quotas.usage(), await store.quotas.overrides()];
    return { used, allowed: { ...defaults, ...overrides } };
  }

  return {
    /**
     * Throws `quota_exceeded` where the tenant has more of these than it may. Asked at the end of a transaction that added to
     * them, which is thereby undone. No other writes meanwhile: of many at once, as many go through as there is room for.
     */
    async requireWithin(store: Pick<TenantStore, "quotas">, quotas: readonly Quota[]): Promise<void> {
      const { used, allowed } = await standing(store);
      for (const quota of quotas) {
        if (allowed[quota] > 0 && used[quota] > allowed[quota]) throw refusal(quota, allowed[quota]);
      }
    },

    /** What a tenant has, and may have. */
    standing({ tenantId }: Pick<Caller, "tenantId">): Promise<Standing> {
      return storage.tenant(tenantId).read(standing);
    },

    /** By the operator: what every tenant has, and may have, the oldest first. */
    async all(): Promise<(Standing & { readonly tenant: Tenant })[]> {
      const found: (Standing & { readonly tenant: Tenant })[] = [];
      for (const tenant of await storage.directory.read((store) => store.tenants())) {
        found.push({ tenant, ...(await storage.tenant(tenant.id).read(standing)) });
      }
      return found;
    },

    /**
     * By the operator: says what one tenant, named by its id or its name, may have; what is `null` is as for all. What it has
     * already stays, however little it may have from now on. Throws `not_found`, and `conflict` for a name of several.
     */
    async set(
      ref: string,
      change: QuotaChange,
      call: CallContext,
    ): Promise<Standing & { readonly tenant: Tenant }> {
      const tenant = await findTenant(storage, ref);
      return storage.tenant(tenant.id).write(async (store) => {
        const before = await store.quotas.overrides();
        const said = QUOTAS.flatMap((quota) => {
          const value = change[quota] === undefined ? before[quota] : change[quota];
          return value == null ? [] : [[quota, value]];
        });
        await store.quotas.setOverrides(Object.fromEntries(said));
        await audit(
          store,
          { call },
          { target: { kind: "tenant", id: tenant.id }, details: { quotas: change } },
        );
        return { tenant, ...(await standing(store)) };
      });
    },
  };
}

const SENTENCES: Readonly<Record<Quota, (allowed: number) => string>> = {
  prompts: (allowed) => `${allowed} prompts, archived ones included`,
  versions: (allowed) => `${allowed} versions of its prompts`,
  storage_bytes: (allowed) =>
    `${(allowed / 1024 / 1024).toFixed(1)} MiB of text in all versions of its prompts`,
  members: (allowed) => `${allowed} members`,
  webhooks: (allowed) => `${allowed} webhooks`,
};

function refusal(quota: Quota, allowed: number): AppError {
  return new AppError(
    "quota_exceeded",
    `Your tenant may have ${SENTENCES[quota](allowed)}, and this would be more: nothing was stored. Ask the server's operator for more room.`,
    { quota, allowed },
  );
}
