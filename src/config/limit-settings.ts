import { z } from "zod";
import type { CallLimits } from "../domain/call-limits.ts";

const perMinute = z.coerce.number().int().min(0).max(10_000_000);

/** Settings of what a tenant, or a stranger's address, may take of a server; a part of the environment's schema. */
export const limitSettings = {
  /** Where calls are counted: `memory` of this process, or `shared` by all processes that serve the library. By default `shared` with DATABASE_URL. */
  PROMPTFORGE_LIMITS_STORE: z.enum(["memory", "shared"]).optional(),
  /** Calls a minute of each tenant, by class; 0: no limit. */
  PROMPTFORGE_LIMIT_READS: perMinute.default(6_000),
  PROMPTFORGE_LIMIT_WRITES: perMinute.default(1_200),
  PROMPTFORGE_LIMIT_SEARCH: perMinute.default(600),
  PROMPTFORGE_LIMIT_IMPORT: perMinute.default(60),
  /** In so many seconds a tenth of a minute's calls may come, and no more; 0: all of them. */
  PROMPTFORGE_LIMIT_BURST_SECONDS: z.coerce.number().int().min(0).max(30).default(2),
  /** Calls a minute without a credential (signing in, registering) of each address; 0: no limit. */
  PROMPTFORGE_LIMIT_SIGN_IN: perMinute.default(300),
};

const settingsSchema = z.object(limitSettings);

export interface LimitsConfig {
  readonly store: "memory" | "shared";
  readonly calls: CallLimits;
  readonly burstSeconds: number;
}

export function limitsConfig(
  settings: z.infer<typeof settingsSchema> & { readonly DATABASE_URL?: string | undefined },
): LimitsConfig {
  return {
    store: settings.PROMPTFORGE_LIMITS_STORE ?? (settings.DATABASE_URL === undefined ? "memory" : "shared"),
    burstSeconds: settings.PROMPTFORGE_LIMIT_BURST_SECONDS,
    calls: {
      reads: settings.PROMPTFORGE_LIMIT_READS,
      writes: settings.PROMPTFORGE_LIMIT_WRITES,
      search: settings.PROMPTFORGE_LIMIT_SEARCH,
      import: settings.PROMPTFORGE_LIMIT_IMPORT,
      sign_in: settings.PROMPTFORGE_LIMIT_SIGN_IN,
    },
  };
}
