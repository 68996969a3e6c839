import { z } from "zod";

/** Who may read /metrics (docs/operating.md). */
export const metricsSettings = {
  /**
   * `off`: nobody, and nothing is counted; `loopback`: whoever asks from this machine, by its own name and by no proxy; `token`:
   * whoever has the token, from anywhere.
   */
  PROMPTFORGE_METRICS: z.enum(["off", "loopback", "token"]).default("off"),
  /** For /metrics alone: it opens nothing else. */
  PROMPTFORGE_METRICS_TOKEN: z.string().min(16).max(1000).optional(),
  /** How many tenants, the largest ones, have figures of their own. */
  PROMPTFORGE_METRICS_TENANTS: z.coerce.number().int().min(0).max(1000).default(20),
};

export interface MetricsConfig {
  /** `undefined`: for this machine alone. */
  readonly token: string | undefined;
  readonly tenants: number;
}

type Settings = z.output<z.ZodObject<typeof metricsSettings>>;

/** `undefined`: there are none. */
export function metricsConfig(
  settings: Settings,
): MetricsConfig | undefined | { readonly problems: readonly string[] } {
  const { PROMPTFORGE_METRICS: who, PROMPTFORGE_METRICS_TOKEN: token } = settings;
  const tenants = settings.PROMPTFORGE_METRICS_TENANTS;
  if (who === "off") return undefined;
  if (who === "loopback") return { token: undefined, tenants };
  if (token === undefined)
    return { problems: ["PROMPTFORGE_METRICS_TOKEN is needed with PROMPTFORGE_METRICS=token"] };
  return { token, tenants };
}
