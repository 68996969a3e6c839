import process from "node:process";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { createLibraryGauges, type LibraryFigures } from "./library-gauges.ts";

/** Seconds. Reads take less than the first, an import or an embedding on a busy machine more than the last but one. */
const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Codes of errors that are not the caller's doing. */
const OURS = new Set(["internal", "unavailable"]);

/** Where an HTTP request goes: of few values, whatever is asked for. */
export type HttpSurface = "mcp" | "rest" | "oauth" | "pages" | "health" | "other";

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What a server counts and measures, in a registry of its own. Labels are of few values that the program knows: no name, no
 * text, no address and no credential, however it fails; a tenant is told by its id, and only the largest ones are. To count
 * costs about a microsecond: the series of an operation is looked up once.
 */
export function createMetrics(figures: LibraryFigures) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const build = new Gauge({
    name: "promptforge_build_info",
    help: "1",
    labelNames: ["version", "node"],
    registers,
  });

  const calls = new Counter({
    name: "promptforge_operations_total",
    help: "Calls of operations, by what became of them: ok, or the code of the error",
    labelNames: ["operation", "outcome"],
    registers,
  });
  const latencies = new Histogram({
    name: "promptforge_operation_duration_seconds",
    help: "How long calls took: ok, refused (the caller's doing) or failed (ours)",
    labelNames: ["operation", "outcome"],
    buckets: LATENCIES,
    registers,
  });
  const requests = new Counter({
    name: "promptforge_http_requests_total",
    help: "HTTP requests that were answered",
    labelNames: ["surface", "status"],
    registers,
  });
  const inFlight = new Gauge({
    name: "promptforge_http_requests_in_flight",
    help: "HTTP requests that are being answered",
    registers,
  });
  const limits = new Counter({
    name: "promptforge_limits_hit_total",
    help: "Calls refused by a limit: of a class of calls, of wrong passwords (password), or by a quota",
    labelNames: ["limit"],
    registers,
  });
  const signIns = new Counter({
    name: "promptforge_sign_ins_total",
    help: "Attempts to sign in, by password or at an identity provider",
    labelNames: ["way", "outcome"],
    registers,
  });
  const embeddings = new Histogram({
    name: "promptforge_embedder_duration_seconds",
    help: "How long the model took, for a search (query) or for texts of prompts (texts); what the cache had is not among it",
    labelNames: ["kind"],
    buckets: LATENCIES,
    registers,
  });
  const embedderFailures = new Counter({
    name: "promptforge_embedder_failures_total",
    help: "Embeddings that failed",
    labelNames: ["kind"],
    registers,
  });
  const cacheLookUps = new Counter({
    name: "promptforge_cache_lookups_total",
    help: "Look-ups in caches: vectors of queries and of texts, access tokens",
    labelNames: ["cache", "result"],
    registers,
  });
  const degraded = new Counter({
    name: "promptforge_search_degraded_total",
    help: "Searches that went by words only, since meaning was out of reach",
    registers,
  });
  const backups = new Counter({
    name: "promptforge_backups_total",
    help: "Scheduled backups of this process, ok or failed",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["ok", "failed"]) backups.labels(outcome).inc(0);
  const look = createLibraryGauges(figures, registers);

  const countOf = remembering((key) => {
    const [operation = "", outcome = ""] = key.split(" ");
    return calls.labels(operation, outcome);
  });
  const latencyOf = remembering((key) => {
    const [operation = "", outcome = ""] = key.split(" ");
    return latencies.labels(operation, outcome);
  });
  const requestsOf = remembering((key) => {
    const [surface = "", status = ""] = key.split(" ");
    return requests.labels(surface, status);
  });

  return {
    runs: (version: string) => build.labels(version, process.versions.node).set(1),
    /** A call has ended; `code` is that of its error. */
    called(operation: string, milliseconds: number, code: string | undefined): void {
      countOf(`${operation} ${code ?? "ok"}`).inc();
      const outcome = code === undefined ? "ok" : OURS.has(code) ? "failed" : "refused";
      latencyOf(`${operation} ${outcome}`).observe(milliseconds / 1000);
      if (code === "quota_exceeded") limits.labels("quota").inc();
    },
    requestBegan: () => inFlight.inc(),
    requestEnded(surface: HttpSurface, status: number): void {
      inFlight.dec();
      requestsOf(`${surface} ${status}`).inc();
    },
    limitHit: (limit: string) => limits.labels(limit).inc(),
    signedIn(way: "password" | "provider", outcome: "ok" | "refused" | "throttled" | "failed"): void {
      signIns.labels(way, outcome).inc();
      if (outcome === "throttled") limits.labels("password").inc();
    },
    embedded(kind: "query" | "texts", milliseconds: number, ok: boolean): void {
      if (ok) embeddings.labels(kind).observe(milliseconds / 1000);
      else embedderFailures.labels(kind).inc();
    },
    lookedUp: (cache: "queries" | "texts" | "tokens", hit: boolean) =>
      cacheLookUps.labels(cache, hit ? "hit" : "miss").inc(),
    searchedByWords: () => degraded.inc(),
    backedUp: (outcome: "ok" | "failed") => backups.labels(outcome).inc(),
    contentType: registry.contentType,
    /** Everything, in Prometheus's text format. */
    async text(): Promise<string> {
      await look();
      return registry.metrics();
    },
  };
}

/** Without an end of its own: the keys are of few values. */
function remembering<Series>(make: (key: string) => Series): (key: string) => Series {
  const made = new Map<string, Series>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const series = make(key);
    made.set(key, series);
    return series;
  };
}
