import { z } from "zod";
import { failureOfFetch, failureOfStatus, ServiceFailure } from "./service-failure.ts";

/** 64 vectors of 8,192 numbers, written out in full, are some 12 MB. */
const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;

const answerSchema = z.object({
  data: z.array(z.object({ index: z.int().min(0).optional(), embedding: z.array(z.number()) })),
});

export interface EmbeddingServiceOptions {
  /** Without the `/embeddings` at its end. */
  readonly baseUrl: string;
  readonly apiKey?: string | undefined;
  readonly model: string;
  readonly dimensions: number;
}

/** A service that speaks OpenAI's embeddings API (https://platform.openai.com/docs/api-reference/embeddings). */
export interface EmbeddingService {
  /** Unit vectors, in the order of the texts. One request, without another try; throws a `ServiceFailure`. */
  embed(
    texts: readonly string[],
    how: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Float32Array[]>;
  /** Whether it has ever embedded a text: if so, the settings are right. */
  hasAnswered(): boolean;
  /** Whether it embedded the texts that it was given last. */
  isAnswering(): boolean;
}

export function createEmbeddingService(options: EmbeddingServiceOptions): EmbeddingService {
  const { model, dimensions } = options;
  const url = `${options.baseUrl.replace(/\/+$/, "")}/embeddings`;
  const headers = new Headers({ "content-type": "application/json", accept: "application/json" });
  if (options.apiKey !== undefined) headers.set("authorization", `Bearer ${options.apiKey}`);
  let answered = false;
  let answering = false;
  /**
   * Whether to ask for shorter vectors than the model's own. Only once it has given longer ones than are wanted:
   * many services refuse the question for models that have one length.
   */
  let asksForLength = false;

  async function post(
    texts: readonly string[],
    withLength: boolean,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<string> {
    const body = JSON.stringify({ model, input: texts, ...(withLength ? { dimensions } : {}) });
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const failure = failureOfStatus(response.status, response.headers);
      if (failure === undefined) return await limitedText(response);
      await response.body?.cancel();
      throw failure;
    } catch (error) {
      signal.throwIfAborted();
      throw failureOfFetch(error, timeoutMs);
    }
  }

  async function vectorsOf(
    texts: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    const ask = async (withLength: boolean) =>
      componentsOf(await post(texts, withLength, timeoutMs, signal), texts.length);
    let lists = await ask(asksForLength);
    const given = lists[0]?.length ?? dimensions;
    if (given > dimensions && !asksForLength) {
      lists = await ask(true).catch((error: unknown) => {
        throw error instanceof ServiceFailure && error.kind === "texts" ? otherLength(given) : error;
      });
      asksForLength = lists[0]?.length === dimensions;
    }
    const wrong = lists.find((list) => list.length !== dimensions);
    if (wrong !== undefined) throw otherLength(wrong.length);
    return lists.map(unit);
  }

  return {
    hasAnswered: () => answered,
    isAnswering: () => answering,
    async embed(texts, { timeoutMs, signal }) {
      try {
        const vectors = await vectorsOf(texts, timeoutMs, signal);
        answered = true;
        answering = true;
        return vectors;
      } catch (error) {
        answering = false;
        throw error;
      }
    },
  };

  function otherLength(given: number): ServiceFailure {
    return new ServiceFailure(
      "settings",
      `gives vectors of ${given} numbers where ${dimensions} are expected. Set PROMPTFORGE_EMBEDDER_DIMENSIONS to ${given}, or use another model.`,
    );
  }
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > LARGEST_ANSWER_BYTES)
      throw new ServiceFailure("settings", "gives an answer that is too large.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** The vectors in an answer, in the order of the texts. */
function componentsOf(answer: string, count: number): (readonly number[])[] {
  const lists = new Map(
    parsed(answer)?.data.map(({ index, embedding }, place) => [index ?? place, embedding]),
  );
  return Array.from({ length: count }, (_, at) => {
    const list = lists.get(at);
    if (list === undefined || lists.size !== count) {
      throw new ServiceFailure(
        "settings",
        "answers something else than a vector for each text. Check PROMPTFORGE_EMBEDDER_BASE_URL.",
      );
    }
    return list;
  });
}

function parsed(answer: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(answer)).data;
  } catch {
    return undefined;
  }
}

function unit(components: readonly number[]): Float32Array {
  const length = Math.hypot(...components);
  if (!(length > 0 && Number.isFinite(length))) {
    throw new ServiceFailure("settings", "gives a vector that points nowhere. Use another model.");
  }
  return Float32Array.from(components, (component) => component / length);
}
