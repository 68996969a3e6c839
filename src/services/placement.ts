import { AppError } from "../domain/errors.ts";
import type { CallContext, Tenant } from "../domain/identity.ts";
import type { Promotion, SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";
import { findTenant } from "./named-tenant.ts";

export type PlacementService = ReturnType<typeof createPlacementService>;

/** Where in the search index a tenant lies: for the operator, and for nobody to notice but by its speed. */
export function createPlacementService(deps: {
  readonly storage: Storage;
  readonly searchIndex: Pick<SearchIndex, "promote">;
}) {
  const { storage, searchIndex } = deps;

  return {
    /**
     * Gives a tenant, named by its id or its name, a shard of its own while it is used. A second time changes nothing, and after
     * an interruption goes on. Throws `not_found`; `conflict` for a name of several and for an index that has no such shards;
     * `unavailable` when it did not come to its end.
     */
    async promote(ref: string, call: CallContext): Promise<Promotion & { readonly tenant: Tenant }> {
      const tenant = await findTenant(storage, ref);
      if (searchIndex.promote === undefined) {
        throw new AppError(
          "conflict",
          "The search index is in the library's own file, which has no shards. Set QDRANT_URL, and PROMPTFORGE_QDRANT_TENANCY=tiered.",
        );
      }
      const promotion = await searchIndex.promote(tenant.id);
      const { shard, from } = promotion;
      await storage
        .tenant(tenant.id)
        .write((store) =>
          audit(store, { call }, { target: { kind: "tenant", id: tenant.id }, details: { shard, from } }),
        );
      return { tenant, ...promotion };
    },
  };
}
