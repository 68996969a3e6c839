import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Answer } from "./library.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Answer;
}

/** What becomes of a request: its connection is closed, or never answered; a status or JSON is the answer; otherwise it goes on to the server. */
export type Verdict = "close" | "hang" | number | object | undefined;

/** A server's address as seen through somebody in the middle, until the test ends. */
export async function intercepted(
  server: string,
  judge: (request: SeenRequest) => Promise<Verdict> | Verdict,
): Promise<string> {
  const proxy = createServer(async (request, response) => {
    const sent = await text(request);
    const { method = "", url: path = "", headers } = request;
    const verdict = await judge({ method, path, headers, body: sent === "" ? undefined : JSON.parse(sent) });
    if (verdict === "hang") return;
    if (verdict === "close") return void request.socket.destroy();
    if (typeof verdict === "number") return void response.writeHead(verdict).end("no JSON");
    if (verdict !== undefined) return void response.end(JSON.stringify(verdict));
    const body = sent === "" ? null : sent;
    const answer = await fetch(`${server}${path}`, { method, headers: passedOn(headers), body });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(await answer.text());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return `http://127.0.0.1:${address.port}`;
}

function passedOn(headers: IncomingHttpHeaders): Record<string, string> {
  const names = ["api-key", "content-type"] as const;
  return Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])));
}
