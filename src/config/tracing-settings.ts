import { z } from "zod";

/**
 * Those of OpenTelemetry's own variables that say whether there are traces; what else it has (OTEL_SERVICE_NAME,
 * OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS …) its library reads by itself.
 */
export const tracingSettings = {
  /** Where a collector takes OTLP over HTTP: `/v1/traces` is added. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** The same for traces alone, and as it is. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_TRACES_EXPORTER: z.string().optional(),
  OTEL_SDK_DISABLED: z.string().optional(),
};

type Settings = z.output<z.ZodObject<typeof tracingSettings>>;

/** Whether there are traces. */
export function isTraced(settings: Settings): boolean {
  const endpoint = settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  return (
    endpoint !== undefined &&
    settings.OTEL_TRACES_EXPORTER !== "none" &&
    settings.OTEL_SDK_DISABLED?.toLowerCase() !== "true"
  );
}
