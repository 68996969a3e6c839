import { z } from "zod";

/** Settings of how tenants go; a part of the environment's schema. */
export const leavingSettings = {
  /** Days for which the deletion of a tenant can be taken back; 0: it is gone at once. */
  PROMPTFORGE_TENANT_GRACE_DAYS: z.coerce.number().int().min(0).max(365).default(7),
};
