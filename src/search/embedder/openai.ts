import { setTimeout } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import type { Embedder } from "../../domain/ports/search.ts";
import type { EmbedderLogger } from "./builtin.ts";
import { createEmbeddingService } from "./remote/embedding-service.ts";
import { createOutage } from "./remote/outage.ts";
import { persistently, type Sleep } from "./remote/persistence.ts";
import { ServiceFailure } from "./remote/service-failure.ts";
import { createTextBatches } from "./remote/text-batches.ts";
import { CHUNKING, splitText } from "./split-text.ts";
import { cutToFit, ESTIMATED_TOKENS } from "./text-pieces.ts";

export interface OpenAiEmbedderOptions {
  /** Such as https://api.openai.com/v1. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
  /** Of the vectors. A model that can give shorter ones than its own is asked to. */
  readonly dimensions: number;
  /** For a request of the indexer, 30 s by default; a search waits no longer than 10 s, further tries included. */
  readonly timeoutMs?: number | undefined;
  /** Further tries of the indexer, 3 by default. */
  readonly maxRetries?: number | undefined;
  /** Before the first further try; twice as long before each one after it. 500 by default. */
  readonly retryDelayMs?: number | undefined;
  /** Texts in a request, 64 by default. */
  readonly batchSize?: number | undefined;
  readonly logger?: EmbedderLogger | undefined;
  /** Waits as long as the service asks; for tests. */
  readonly sleep?: Sleep | undefined;
}

/** Names how texts are split and cut here; part of the fingerprint. */
const ESTIMATED_CHUNKING = `${CHUNKING}-estimated`;
/** Tokens, by estimate, beyond which a text is cut: more than a chunk has, and well within the usual 512. */
const WINDOW_ESTIMATE = 384;
const MOST_CHARACTERS = 100_000;
const INDEXING = { concurrency: 2, mostTexts: 64, retries: 3, longestWaitMs: 60_000, timeoutMs: 30_000 };
/** Somebody waits: one more try at most, and then an answer by words. */
const SEARCHING = { concurrency: 4, mostTexts: 16, retries: 1, longestWaitMs: 2000, timeoutMs: 10_000 };
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return setTimeout(ms, undefined, { signal });
}

/**
 * Any service with OpenAI's embeddings API: OpenAI, Ollama, vLLM, text-embeddings-inference. Searches have requests of their
 * own, so that they never wait for the indexer's. Calls throw `unavailable` when the service or a setting is at
 * fault, and `invalid_input` when it takes other texts and refuses this one.
 */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): Embedder {
  const {
    model,
    dimensions,
    logger,
    retryDelayMs = 500,
    timeoutMs = INDEXING.timeoutMs,
    sleep = pause,
  } = options;
  const { host, protocol, hostname } = new URL(options.baseUrl);
  if (options.apiKey !== undefined && protocol === "http:" && !LOOPBACK.test(hostname)) {
    logger?.warn({ host }, "the key of the embedding service crosses the network unencrypted: use https");
  }
  const service = createEmbeddingService(options);
  const outage = createOutage();
  const closing = new AbortController();
  const { signal } = closing;
  const trust = { isTrusted: service.hasAnswered, mostCharacters: MOST_CHARACTERS };

  const tries = { retryDelayMs, signal, sleep, onRetry };
  function onRetry({ message }: ServiceFailure): void {
    logger?.warn({ host, reason: message }, "the embedding service is asked again");
  }

  const indexing = createTextBatches({
    ...trust,
    concurrency: INDEXING.concurrency,
    mostTexts: options.batchSize ?? INDEXING.mostTexts,
    send(texts) {
      const retries = options.maxRetries ?? INDEXING.retries;
      return persistently({ ...INDEXING, ...tries, retries }, () =>
        service.embed(texts, { timeoutMs, signal }),
      );
    },
  });

  const searching = createTextBatches({
    ...trust,
    ...SEARCHING,
    async send(texts) {
      outage.check();
      const deadline = performance.now() + Math.min(timeoutMs, SEARCHING.timeoutMs);
      try {
        const vectors = await persistently({ ...SEARCHING, ...tries }, () => {
          const left = Math.max(1, Math.ceil(deadline - performance.now()));
          return service.embed(texts, { timeoutMs: left, signal });
        });
        outage.over();
        return vectors;
      } catch (error) {
        if (error instanceof ServiceFailure && error.kind === "temporary") outage.failed(error);
        throw error;
      }
    },
  });

  function told(error: unknown): AppError {
    if (signal.aborted) return new AppError("unavailable", "The embedding service has been closed.");
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return new AppError("unavailable", "Too many searches wait for the embedding service. Try again soon.");
    }
    if (!(error instanceof ServiceFailure)) {
      return new AppError("internal", "Something went wrong with the embedding service.", undefined, error);
    }
    const textIsAtFault = error.kind === "texts" && service.hasAnswered();
    return new AppError(
      textIsAtFault ? "invalid_input" : "unavailable",
      `The embedding service ${error.message}`,
    );
  }

  return {
    dimensions,
    fingerprint: `openai:${model}/${dimensions}/${ESTIMATED_CHUNKING}`,
    describe: () => ({
      model,
      engine: service.isAnswering() ? host : undefined,
      workers: INDEXING.concurrency,
    }),
    async embedQuery(tenantId, text) {
      try {
        outage.check();
        const patience = AbortSignal.timeout(SEARCHING.timeoutMs);
        return await searching.add(
          tenantId,
          cutToFit(ESTIMATED_TOKENS, text, WINDOW_ESTIMATE),
          AbortSignal.any([patience, signal]),
        );
      } catch (error) {
        throw told(error);
      }
    },
    async embed(tenantId, texts) {
      const abandoned = new AbortController();
      const wanted = AbortSignal.any([abandoned.signal, signal]);
      try {
        return await Promise.all(
          texts.map((text) =>
            indexing.add(tenantId, cutToFit(ESTIMATED_TOKENS, text, WINDOW_ESTIMATE), wanted),
          ),
        );
      } catch (error) {
        abandoned.abort();
        throw told(error);
      }
    },
    split: async (_tenantId, heading, text) => splitText(ESTIMATED_TOKENS, heading, text),
    async close() {
      closing.abort();
    },
  };
}
