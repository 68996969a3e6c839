import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { startServer } from "../../src/transports/http/server.ts";
import { eventually } from "../support/eventually.ts";
import { type Library, openLibrary } from "../support/library.ts";
import { startQdrant } from "../support/qdrant.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";

let library: Library;
afterEach(() => library.close());

async function ask(url: string) {
  const asked = request(url, { headers: { Host: "10.1.2.3" } });
  asked.end();
  const [response] = await once(asked, "response");
  return { status: response.statusCode as number, body: JSON.parse(await text(response)) };
}

describe("a server's health", () => {
  it("is live and ready under any name, and by the paths that it had", async () => {
    library = await openLibrary();
    const server = await startServer(library.app);
    for (const path of ["/health/live", "/healthz"]) {
      expect(await ask(`${server.url}${path}`)).toEqual({ status: 200, body: { status: "ok" } });
    }
    for (const path of ["/health/ready", "/readyz"]) {
      expect(await ask(`${server.url}${path}`)).toEqual({
        status: 200,
        body: { status: "ready", database: "ok", index: "ok" },
      });
    }
    await server.close();
  });

  it("is live and not ready without its database, and ready again with it", async () => {
    library = await openLibrary();
    const server = await startServer(library.app);
    const { ping } = library.app.storage;
    Object.assign(library.app.storage, { ping: () => new Promise(() => undefined) });
    expect((await ask(`${server.url}/health/live`)).status).toBe(200);
    expect(await ask(`${server.url}/health/ready`)).toMatchObject({
      status: 503,
      body: { status: "unavailable", database: "unavailable" },
    });
    Object.assign(library.app.storage, { ping });
    expect((await ask(`${server.url}/health/ready`)).status).toBe(200);
    await server.close();
  });

  it("says while it builds its index, and works meanwhile", async () => {
    library = await openLibrary({ environment: { PROMPTFORGE_INDEXER: "false" } });
    const { generations } = library.app;
    await generations.prepare();
    const database = await rawDatabase(library);
    await database.run("update index_state set phase = 'building'");
    await database.close();
    const server = await startServer(library.app);
    expect(await ask(`${server.url}/health/ready`)).toEqual({
      status: 200,
      body: { status: "degraded", database: "ok", index: "building" },
    });
    await server.close();
  });
});

describeWithQdrant("a server whose Qdrant is lost", () => {
  it("is degraded and not down, and ready again when it is back", async () => {
    const qdrant = await startQdrant();
    library = await openLibrary({
      environment: { QDRANT_URL: qdrant.url, QDRANT_API_KEY: qdrant.apiKey, PROMPTFORGE_INDEXER: "false" },
    });
    const server = await startServer(library.app);
    const ready = () => ask(`${server.url}/health/ready`);
    try {
      expect(await ready()).toMatchObject({ status: 200, body: { status: "ready" } });
      await qdrant.kill();
      await eventually(async () => (await ready()).body.index === "unavailable");
      expect(await ready()).toMatchObject({ status: 200, body: { status: "degraded", database: "ok" } });
      await qdrant.restart();
      await eventually(async () => (await ready()).body.status === "ready");
    } finally {
      await server.close();
      await qdrant.close();
    }
  });
});
