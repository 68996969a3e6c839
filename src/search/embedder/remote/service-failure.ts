/**
 * `temporary`: worth another try. `texts`: this text, or so many at once, are refused; others may be taken.
 * `settings`: nothing will be taken until somebody changes something. `resting`: it was not asked, after failures in a row.
 */
export type FailureKind = "temporary" | "texts" | "settings" | "resting";

/** Why a request to an embedding service came to nothing. Its message is for people; it holds no text, no key and no answer. */
export class ServiceFailure extends Error {
  override readonly name = "ServiceFailure";
  readonly kind: FailureKind;
  /** How long the service asks to be left alone. */
  readonly retryAfterMs: number;

  constructor(kind: FailureKind, message: string, retryAfterMs = 0) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What the status of an answer means; `undefined` when it is a success. */
export function failureOfStatus(
  status: number,
  headers: Headers,
  now: number = Date.now(),
): ServiceFailure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400)
    return new ServiceFailure(
      "settings",
      `redirects (HTTP ${status}), which is not followed. Set PROMPTFORGE_EMBEDDER_BASE_URL to the final address.`,
    );
  switch (status) {
    case 401:
    case 403:
      return new ServiceFailure(
        "settings",
        `refuses the key (HTTP ${status}). Check PROMPTFORGE_EMBEDDER_API_KEY and what it may use.`,
      );
    case 404:
    case 405:
      return new ServiceFailure(
        "settings",
        `knows no such address or model (HTTP ${status}). Check PROMPTFORGE_EMBEDDER_BASE_URL and PROMPTFORGE_EMBEDDER_MODEL.`,
      );
    case 400:
    case 413:
    case 422:
      return new ServiceFailure(
        "texts",
        `refuses the text (HTTP ${status}). It may be too long for the model, or the model's name may be wrong.`,
      );
    case 408:
    case 425:
    case 429:
      return busy(status, headers, now);
    default:
      return status >= 500
        ? busy(status, headers, now)
        : new ServiceFailure("settings", `answers with HTTP ${status}. Check the embedder's settings.`);
  }
}

function busy(status: number, headers: Headers, now: number): ServiceFailure {
  const why = status === 429 ? "asks for fewer requests" : "is in trouble";
  const wait = retryAfterOf(headers.get("retry-after"), now);
  return new ServiceFailure("temporary", `${why} (HTTP ${status}). Try again later.`, wait);
}

/** Seconds or a date: RFC 9110, section 10.2.3. In ms from now; 0 when there is none that can be read. */
function retryAfterOf(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Why fetch threw. Its own message is not passed on: it may quote a header. */
export function failureOfFetch(error: unknown, timeoutMs: number): ServiceFailure {
  if (error instanceof ServiceFailure) return error;
  if (error instanceof Error && error.name === "TimeoutError") {
    return new ServiceFailure(
      "temporary",
      `did not answer within ${timeoutMs} ms. PROMPTFORGE_EMBEDDER_TIMEOUT_MS gives it longer.`,
    );
  }
  const code = codeOf(error);
  return new ServiceFailure(
    "temporary",
    `cannot be reached${code === undefined ? "" : ` (${code})`}. Check that it runs, and PROMPTFORGE_EMBEDDER_BASE_URL.`,
  );
}

function codeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]+$/.test(code) ? code : undefined;
}
