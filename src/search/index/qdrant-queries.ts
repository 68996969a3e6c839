import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { text } from "node:stream/consumers";
import { QdrantClientTimeoutError } from "@qdrant/js-client-rest";
import { z } from "zod";
import { baseOf, headersOf, type QdrantAddress } from "./qdrant-client.ts";
import { QdrantAnswerError, QdrantConnectionError } from "./qdrant-errors.ts";

const scoredPointSchema = z.object({ id: z.string(), score: z.number() });
const pointsSchema = z.object({ result: z.object({ points: z.array(scoredPointSchema) }) });
const batchSchema = z.object({ result: z.array(pointsSchema.shape.result) });
const groupsSchema = z.object({
  result: z.object({ groups: z.array(z.object({ hits: z.array(scoredPointSchema) })) }),
});

export type ScoredPoint = z.infer<typeof scoredPointSchema>;

/** Replicas whose answers are compared; `undefined`: one is enough. */
export type ReadConsistency = number | "majority" | "quorum" | "all" | undefined;

/** What many numbers are in, of a collection's points. Each request is made once; failures are as the client's. */
export interface QdrantQueries {
  points(
    collection: string,
    vector: Float32Array,
    query: object,
    consistency?: ReadConsistency,
  ): Promise<ScoredPoint[]>;
  /** The points of several queries for the same vector, one list each. */
  batch(
    collection: string,
    vector: Float32Array,
    queries: readonly object[],
    consistency?: ReadConsistency,
  ): Promise<ScoredPoint[][]>;
  /** The points of all groups. */
  groups(
    collection: string,
    vector: Float32Array,
    query: object,
    consistency?: ReadConsistency,
  ): Promise<ScoredPoint[]>;
  /** Done when the points are there. */
  upsert(collection: string, points: object): Promise<void>;
}

/**
 * Asks and writes past Qdrant's client, as every search and the indexer do: the client calls back for each value of the JSON, both ways, to keep
 * whole numbers that JavaScript cannot hold, of which there are none here. That, and `fetch`, took 1.4 of the 4.1 ms of a
 * hundred points.
 */
export function openQdrantQueries({ url, apiKey, timeoutMs }: QdrantAddress): QdrantQueries {
  const base = baseOf(url);
  const isSecure = base.startsWith("https:");
  const agent = new (isSecure ? SecureAgent : PlainAgent)({ keepAlive: true });
  const headers = { ...headersOf(apiKey), "content-type": "application/json" };

  async function send(method: "POST" | "PUT", path: string, json: string): Promise<unknown> {
    const body = Buffer.from(json);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const request = (isSecure ? secureRequest : plainRequest)(
      `${base}${path}`,
      { method, agent, headers: { ...headers, "content-length": body.length } },
      (answer) => void contentOf(answer).then(resolve, reject),
    );
    request.once("error", (error) => reject(new QdrantConnectionError(error)));
    const timer = setTimeout(() => {
      reject(new QdrantClientTimeoutError(`No answer within ${timeoutMs} ms.`));
      request.destroy();
    }, timeoutMs);
    request.end(body);
    return promise.finally(() => clearTimeout(timer));
  }

  const pathOf = (collection: string) => `/collections/${encodeURIComponent(collection)}/points`;

  return {
    async points(collection, vector, query, consistency) {
      const path = `${pathOf(collection)}/query${comparing(consistency)}`;
      return pointsSchema.parse(await send("POST", path, asking(query, numbersOf(vector)))).result.points;
    },
    async batch(collection, vector, queries, consistency) {
      const path = `${pathOf(collection)}/query/batch${comparing(consistency)}`;
      // Written once for all: it is the most of a request.
      const numbers = numbersOf(vector);
      const searches = queries.map((query) => asking(query, numbers));
      const { result } = batchSchema.parse(await send("POST", path, `{"searches":[${searches.join()}]}`));
      return result.map(({ points }) => points);
    },
    async groups(collection, vector, query, consistency) {
      const path = `${pathOf(collection)}/query/groups${comparing(consistency)}`;
      const { groups } = groupsSchema.parse(
        await send("POST", path, asking(query, numbersOf(vector))),
      ).result;
      return groups.flatMap(({ hits }) => hits);
    },
    async upsert(collection, points) {
      await send("PUT", `${pathOf(collection)}?wait=true`, JSON.stringify(points));
    },
  };
}

function numbersOf(vector: Float32Array): string {
  return JSON.stringify(Array.from(vector));
}

/** The JSON of a query for a vector, whose numbers are JSON already. */
function asking(query: object, numbers: string): string {
  return `{"query":${numbers},${JSON.stringify(query).slice(1)}`;
}

function comparing(consistency: ReadConsistency): string {
  return consistency === undefined ? "" : `?consistency=${consistency}`;
}

/** What does not succeed may answer with something else than JSON. */
async function contentOf(answer: IncomingMessage): Promise<unknown> {
  const body = await text(answer).catch((error: unknown) => {
    throw new QdrantConnectionError(error);
  });
  const { statusCode: status = 0 } = answer;
  if (status !== 200) throw new QdrantAnswerError(status, jsonOrNothing(body));
  return JSON.parse(body);
}

function jsonOrNothing(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
