import type { QuotaOverrides, Usage } from "../quotas.ts";

export interface QuotaStore {
  usage(): Promise<Usage>;
  overrides(): Promise<QuotaOverrides>;
  /** Replaces all that was said for the tenant before. */
  setOverrides(overrides: QuotaOverrides): Promise<void>;
}
