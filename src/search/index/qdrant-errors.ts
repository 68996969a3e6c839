import { QdrantClientResourceExhaustedError, QdrantClientTimeoutError } from "@qdrant/js-client-rest";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";

const statusSchema = z.object({ status: z.number() });
const networkSchema = z.object({ cause: z.object({ code: z.string() }) });
const reasonSchema = z.object({ data: z.object({ status: z.object({ error: z.string() }) }) });

const MAX_REASON_LENGTH = 300;

/** Qdrant answered that it does not do what it was asked. */
export class QdrantAnswerError extends Error {
  override readonly name = "QdrantAnswerError";

  readonly status: number;
  /** What it said, where that can be read. */
  readonly data: unknown;

  constructor(status: number, data: unknown) {
    super(`Qdrant answered ${status}.`);
    this.status = status;
    this.data = data;
  }
}

/** There was no answer, or not all of it. `cause` is what Node said. */
export class QdrantConnectionError extends Error {
  override readonly name = "QdrantConnectionError";

  constructor(cause: unknown) {
    super("There was no answer.", { cause });
  }
}

/** A connection that was kept open and that the server has closed just as a request was sent on it. */
const CLOSED_CONNECTION = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** The HTTP status of a failed request; `undefined` when there was no answer. */
export function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof QdrantClientResourceExhaustedError) return 429;
  return statusSchema.safeParse(thrown).data?.status;
}

export function isClosedConnection(thrown: unknown): boolean {
  return CLOSED_CONNECTION.has(networkCodeOf(thrown) ?? "");
}

/** Nothing of the server, or of what stands in front of it, was there to answer. */
export function isAway(thrown: unknown): boolean {
  if (thrown instanceof QdrantClientTimeoutError || networkCodeOf(thrown) !== undefined) return true;
  return [502, 503, 504].includes(statusOf(thrown) ?? 0);
}

/** It is not the request's fault: another node may answer. */
export function isServerFault(thrown: unknown): boolean {
  return isAway(thrown) || (statusOf(thrown) ?? 0) >= 500;
}

/**
 * What to throw for a failed request: `unavailable`, with what to do, when Qdrant is away, busy or refuses the key;
 * a plain error for a request that it does not understand, which is a fault of ours. Neither names the key. What is no
 * failure of a request stays as it is.
 */
export function explainFailure(thrown: unknown): unknown {
  if (thrown instanceof QdrantClientTimeoutError) {
    return unavailable("Qdrant did not answer in time. Check that it runs and is not overloaded.", thrown);
  }
  const code = networkCodeOf(thrown);
  if (code !== undefined) {
    return unavailable(`Qdrant cannot be reached (${code}). Check that it runs, and QDRANT_URL.`, thrown);
  }
  const status = statusOf(thrown);
  if (status === undefined) return thrown;
  if (status === 401 || status === 403) {
    const remedy = "Set QDRANT_API_KEY to a key that may read and write.";
    return unavailable(`Qdrant refused the API key (${status}). ${remedy}`, thrown);
  }
  if (status === 404) {
    return unavailable("What answers is not Qdrant, or a part of it (404). Check QDRANT_URL.", thrown);
  }
  if (status === 429 || status >= 500) {
    return unavailable(`Qdrant cannot serve requests now (${status}). Its log tells why.`, thrown);
  }
  const reason = reasonSchema.safeParse(thrown).data?.data.status.error ?? "no reason given";
  return new Error(`Qdrant refused a request (${status}): ${reason.slice(0, MAX_REASON_LENGTH)}`, {
    cause: thrown,
  });
}

export function unavailable(message: string, cause?: unknown): AppError {
  return new AppError("unavailable", message, undefined, cause);
}

/** `fetch` throws a TypeError for whatever keeps it from an answer. */
function networkCodeOf(thrown: unknown): string | undefined {
  const isNetwork = thrown instanceof TypeError || thrown instanceof QdrantConnectionError;
  return isNetwork ? networkSchema.safeParse(thrown).data?.cause.code : undefined;
}
