import { QdrantClient } from "@qdrant/js-client-rest";

export interface QdrantAddress {
  /** Without a port it means 6333, as in all of Qdrant's clients. */
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** For each request. */
  readonly timeoutMs: number;
}

/** Opens no connection yet. */
export function openQdrantClient({ url, apiKey, timeoutMs }: QdrantAddress): QdrantClient {
  return new QdrantClient({
    url: originOf(url),
    port: portOf(url),
    prefix: prefixOf(url),
    timeout: timeoutMs,
    // The client's own check writes to the console; ours is part of preparing the collection.
    checkCompatibility: false,
    // The key among them: its own option warns on the console where the address is a plain http one.
    headers: headersOf(apiKey),
  });
}

/** What every request carries. */
export function headersOf(apiKey: string | undefined): Record<string, string> {
  return {
    ...(apiKey === undefined ? {} : { "api-key": apiKey }),
    // Compressed answers are sent in small pieces, of which Nagle's algorithm holds back the last: 45 ms a request.
    "accept-encoding": "identity",
  };
}

/** What the paths of requests are appended to. */
export function baseOf(url: string): string {
  return `${originOf(url)}${prefixOf(url)}`;
}

function originOf(url: string): string {
  const { protocol, hostname } = new URL(url);
  return `${protocol}//${hostname}:${portOf(url)}`;
}

function prefixOf(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, "");
}

/** `URL` drops a port that is its scheme's own, and the client would then take 6333. */
export function portOf(url: string): number {
  const { protocol, port } = new URL(url);
  if (port !== "") return Number(port);
  const [, written] = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(url) ?? [];
  if (written === undefined) return 6333;
  return protocol === "https:" ? 443 : 80;
}
