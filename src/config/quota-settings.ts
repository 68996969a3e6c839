import { z } from "zod";
import type { Quotas } from "../domain/quotas.ts";

const most = z.coerce.number().int().min(0).max(1_000_000_000);
const MIB = 1024 * 1024;

/** Settings of how much each tenant may have, unless something else is said for it; a part of the environment's schema. 0: no end. */
export const quotaSettings = {
  /** Archived ones included. */
  PROMPTFORGE_QUOTA_PROMPTS: most.default(100_000),
  PROMPTFORGE_QUOTA_VERSIONS: most.default(1_000_000),
  /** Text of all versions, in MiB. */
  PROMPTFORGE_QUOTA_STORAGE_MB: most.default(5_120),
  PROMPTFORGE_QUOTA_MEMBERS: most.default(1_000),
  PROMPTFORGE_QUOTA_WEBHOOKS: most.default(20),
  /** Of a person: tenants with which they found no other. */
  PROMPTFORGE_QUOTA_TENANTS: most.default(20),
};

const settingsSchema = z.object(quotaSettings);

export function quotasConfig(settings: z.infer<typeof settingsSchema>): Quotas {
  return {
    prompts: settings.PROMPTFORGE_QUOTA_PROMPTS,
    versions: settings.PROMPTFORGE_QUOTA_VERSIONS,
    storage_bytes: settings.PROMPTFORGE_QUOTA_STORAGE_MB * MIB,
    members: settings.PROMPTFORGE_QUOTA_MEMBERS,
    webhooks: settings.PROMPTFORGE_QUOTA_WEBHOOKS,
  };
}
