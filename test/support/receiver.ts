import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { onTestFinished } from "vitest";
import type { Answer } from "./library.ts";

/** A certificate for localhost, with its key. */
export const LOCALHOST_PEM = join(import.meta.dirname, "../oauth/fixtures/localhost-test.pem");
const PEM = readFileSync(LOCALHOST_PEM, "utf8");

/** What lets a library's webhooks reach this machine. */
export const TO_RECEIVERS = { PROMPTFORGE_WEBHOOK_ALLOW: "localhost" };
/** The same for receivers that do not answer. */
export const TO_RECEIVERS_IMPATIENTLY = { ...TO_RECEIVERS, PROMPTFORGE_WEBHOOK_TIMEOUT_SECONDS: "1" };

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly text: string;
  readonly body: Answer;
}

type Behaviour = (response: ServerResponse, received: Received, request: IncomingMessage) => unknown;

export interface Receiver {
  readonly url: string;
  /** What has come, in its order. */
  readonly received: Received[];
  /** How it answers from now on; at first with 204. */
  answers(behaviour: Behaviour): void;
}

/** An HTTPS server on loopback that takes webhooks, until the test ends. This process trusts it. */
export async function openReceiver(): Promise<Receiver> {
  const trusted = getCACertificates("default");
  setDefaultCACertificates([...trusted, PEM]);
  const received: Received[] = [];
  let answer: Behaviour = (response) => response.writeHead(204).end();
  const server = createServer({ cert: PEM, key: PEM }, async (request, response) => {
    const sent = await text(request);
    const { url: path = "", headers } = request;
    const one = { path, headers, text: sent, body: JSON.parse(sent) };
    received.push(one);
    answer(response, one, request);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    setDefaultCACertificates(trusted);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/hook`,
    received,
    answers(behaviour) {
      answer = behaviour;
    },
  };
}
