import { AppError } from "../domain/errors.ts";
import type { Tenant } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";

/** The tenant that an operator names by its id or its name. Throws `not_found`, and `conflict` for a name of several. */
export async function findTenant(storage: Storage, ref: string): Promise<Tenant> {
  const tenants = await storage.directory.read((store) => store.tenants());
  const named = tenants.filter(({ id, name }) => id === ref || name === ref);
  const [tenant] = named;
  if (tenant === undefined) {
    throw new AppError(
      "not_found",
      "There is no tenant of this id or name. See them with `promptforge tenant quotas`.",
    );
  }
  if (named.length > 1) {
    throw new AppError(
      "conflict",
      `${named.length} tenants have this name. Say which by its id: ${named.map(({ id }) => id).join(", ")}.`,
    );
  }
  return tenant;
}
