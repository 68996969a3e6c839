import { once } from "node:events";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Library, openLibrary } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";

/** As clients have it: connections that stay open for the next request. */
const agent = new Agent({ keepAlive: true });

let library: Library;
let key: string;
beforeAll(async () => {
  library = await openLibrary();
  key = await (await library.found("ada")).key();
});
afterAll(() => library.close());

const REQUESTS = 100;
/** The promise itself; after eight it cuts off who does not let go. */
const ENDS_WITHIN_MS = 10_000;

const MCP = {
  "Content-Type": "application/json",
  Accept: "application/json, text/event-stream",
  "MCP-Protocol-Version": "2025-11-25",
};

interface InFlight {
  /** Sends what is missing of the request, and gives the answer. */
  finish(): Promise<{ readonly status: number | undefined; readonly body: string }>;
}

/** A prompt made over REST or by an MCP tool, in turns: the server has the request's head, and asked for its body. */
async function begin(url: string, n: number): Promise<InFlight> {
  const input = { name: `in-flight-${n}`, content: `${n} ${"x ".repeat(200)}` };
  const params = { name: "create_prompt", arguments: input };
  const isMcp = n % 2 === 1;
  const body = JSON.stringify(isMcp ? { jsonrpc: "2.0", id: n, method: "tools/call", params } : input);
  const outgoing = request(`${url}${isMcp ? "/mcp" : "/v1/prompts"}`, {
    method: "POST",
    agent,
    headers: {
      ...MCP,
      Authorization: `Bearer ${key}`,
      "Content-Length": Buffer.byteLength(body),
      Expect: "100-continue",
    },
  });
  await once(outgoing, "continue");
  return {
    async finish() {
      const answered = once(outgoing, "response");
      outgoing.end(body);
      const [response] = await answered;
      return { status: response.statusCode, body: await text(response) };
    },
  };
}

async function subscribe(url: string): Promise<Response> {
  const revision = "2026-07-28";
  const listening = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      ...MCP,
      Authorization: `Bearer ${key}`,
      "MCP-Protocol-Version": revision,
      "Mcp-Method": "subscriptions/listen",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "subscriptions/listen",
      params: {
        notifications: { promptsListChanged: true },
        _meta: {
          "io.modelcontextprotocol/protocolVersion": revision,
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    }),
  });
  expect(listening.status).toBe(200);
  return listening;
}

describe("SIGTERM", () => {
  it(`drops none of ${REQUESTS} requests in flight, ends subscriptions, and then the program, within 10 seconds`, async () => {
    const program = await serveProgram(library.dataDir);
    try {
      const subscription = await subscribe(program.url);
      const requests = await Promise.all(Array.from({ length: REQUESTS }, (_, n) => begin(program.url, n)));

      const told = performance.now();
      const code = program.stop();
      await eventually(() => program.stderr().includes("Stopping"));
      await subscription.text();
      for (const { status, body } of await Promise.all(requests.map(({ finish }) => finish()))) {
        expect([200, 201]).toContain(status);
        expect(body).not.toContain('"isError":true');
      }
      expect(await code).toBe(0);
      expect(performance.now() - told).toBeLessThan(ENDS_WITHIN_MS);
    } finally {
      agent.destroy();
      program.child.kill("SIGKILL");
    }
    const { tenantId } = await library.app.services.authentication.authenticate(key);
    const kept = await library.app.storage.tenant(tenantId).read(({ prompts }) => prompts.count());
    expect(kept).toBe(REQUESTS);
  });
});
