import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Embedder } from "../../../src/domain/ports/search.ts";

export interface EndpointRequest {
  readonly texts: readonly string[];
  readonly model: string;
  readonly dimensions: number | undefined;
  readonly authorization: string | undefined;
}

/** Answers a request in place of the model. Without a result, the model answers. */
export type Script = (
  request: EndpointRequest,
  response: ServerResponse,
) => "answered" | undefined | Promise<"answered" | undefined>;

/** A service with OpenAI's embeddings API whose vectors are those of a real model. */
export interface EmbeddingEndpoint {
  readonly baseUrl: string;
  /** In the order they came. */
  readonly requests: EndpointRequest[];
  /** What comes before the model, from now on. */
  script: Script | undefined;
  close(): Promise<void>;
}

export async function openEndpoint(model: Pick<Embedder, "embed">): Promise<EmbeddingEndpoint> {
  const endpoint = { requests: [] as EndpointRequest[], script: undefined as Script | undefined };
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.url !== "/v1/embeddings" || incoming.method !== "POST") return reply(response, 404);
    const body = JSON.parse(Buffer.concat(await incoming.toArray()).toString("utf8"));
    const request: EndpointRequest = {
      texts: body.input,
      model: body.model,
      dimensions: body.dimensions,
      authorization: incoming.headers.authorization,
    };
    endpoint.requests.push(request);
    if ((await endpoint.script?.(request, response)) === "answered") return;
    const vectors = await model.embed("tenant", request.texts);
    const data = vectors.map((vector, index) => ({
      object: "embedding",
      index,
      // Not of length 1, which not every service's are.
      embedding: [...vector.subarray(0, request.dimensions)].map((component) => component * 3),
    }));
    // The order of an answer is not promised.
    reply(response, 200, { object: "list", data: data.reverse(), model: request.model });
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(endpoint, {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

/** Ends an answer with a status. */
export function reply(response: ServerResponse, status: number, body: unknown = {}, headers = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** Answers the first requests with these statuses, in turn. */
export function statuses(...given: (number | readonly [number, Record<string, string>])[]): Script {
  const left = [...given];
  return (_request, response) => {
    const next = left.shift();
    if (next === undefined) return undefined;
    const [status, headers] = typeof next === "number" ? [next, {}] : next;
    reply(response, status, { error: { message: "No." } }, headers);
    return "answered";
  };
}
