import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/eventually.ts";
import { type Library, openLibrary } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { restClient } from "../support/rest.ts";

const CANARY = "canary7f3a91";

interface SpanReceived {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** Takes OTLP over HTTP, as a collector does. */
async function collector() {
  const spans: SpanReceived[] = [];
  const services = new Set<unknown>();
  const bodies: string[] = [];
  const headers: unknown[] = [];
  const server = createServer(async (req, res) => {
    const body = await text(req);
    bodies.push(body);
    headers.push(req.headers["x-collector"]);
    expect(req.url).toBe("/v1/traces");
    for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
      for (const { key, value } of resource.attributes)
        if (key === "service.name") services.add(value.stringValue);
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    res.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    spans,
    services,
    bodies,
    headers,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
}

let library: Library;
let key: string;
beforeEach(async () => {
  library = await openLibrary();
  key = await (await library.found("ada")).key();
});
afterEach(() => library.close());

async function serve(environment: Record<string, string>) {
  const server = await serveProgram(library.dataDir, environment);
  onTestFinished(() => void server.child.kill("SIGKILL"));
  return server;
}

describe("a server with a collector", () => {
  it("sends what a call was made of, below the caller's own span, and nothing of what was in it", async () => {
    const { spans, services, bodies, headers, url } = await collector();
    const server = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector=token",
      OTEL_SERVICE_NAME: "prompts-of-the-house",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    });
    const send = restClient(server.url, key);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const name = `secret/${CANARY}`;
    await send("POST", "/v1/prompts", {
      json: { name, content: `About ${CANARY}` },
      headers: { traceparent },
    });
    await eventually(() => spans.some((span) => span.name === "index upsert"));
    await send("GET", `/v1/search?query=${CANARY}`, { headers: { traceparent } });
    await send("GET", `/v1/prompts/${CANARY}/not-there`, { headers: { traceparent } });
    expect(await server.stop()).toBe(0);

    const mine = spans.filter((span) => span.traceId === traceId);
    const root = mine.find((span) => span.name === "POST rest");
    expect(root).toMatchObject({ parentSpanId: "b7ad6b7169203331", kind: 2 });
    const operation = mine.find((span) => span.name === "operation create_prompt");
    expect(operation?.parentSpanId).toBe(root?.spanId);
    const transactions = mine.filter((span) => span.name === "storage transaction");
    expect(transactions.map((span) => span.parentSpanId)).toContain(operation?.spanId);
    const names = new Set(mine.map((span) => span.name));
    for (const one of ["operation search_prompts", "embed query", "index look", "storage read"]) {
      expect(names).toContain(one);
    }
    const failed = mine.find((span) => span.name === "operation get_prompt");
    expect(failed?.attributes).toContainEqual({ key: "error.type", value: { stringValue: "not_found" } });
    // What the server does by itself: a trace where it does something, and none of its looks into the queues.
    expect(
      spans.filter((span) => span.name.startsWith("storage") && span.parentSpanId === undefined),
    ).toEqual([]);
    expect(services).toEqual(new Set(["prompts-of-the-house"]));
    expect(headers[0]).toBe("token");
    for (const secret of [CANARY, key]) expect(bodies.join()).not.toContain(secret);
  });

  it("ends in time, and answers, while the collector is away", async () => {
    const server = await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
    const { status } = await restClient(server.url, key)("GET", "/v1/prompts");
    expect(status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

describe("a server without one", () => {
  const HOOK = join(import.meta.dirname, "programs/tell-loads.ts");
  const away = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };

  it.each([
    [{}, false],
    [{ ...away, OTEL_SDK_DISABLED: "true" }, false],
    [{ ...away, OTEL_TRACES_EXPORTER: "none" }, false],
    [away, true],
  ] as const)("loads nothing of it: %o", async (environment, loads) => {
    const server = await serve({ ...environment, NODE_OPTIONS: `--import ${HOOK}` } as Record<
      string,
      string
    >);
    await restClient(server.url, key)("GET", "/v1/prompts");
    expect(await server.stop()).toBe(0);
    expect(server.stderr().includes("asked for @opentelemetry/")).toBe(loads);
  });
});
