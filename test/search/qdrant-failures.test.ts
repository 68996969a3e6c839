import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createQdrantIndex, type QdrantIndexOptions } from "../../src/search/index/qdrant.ts";
import { found, store } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { intercepted, type Verdict } from "../support/intercepted.ts";
import { type QdrantServer, startQdrant } from "../support/qdrant.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";
import { chunk, lookFor, unit } from "./search-index-contract.ts";

describeWithQdrant("when Qdrant fails", () => {
  let server: QdrantServer;
  beforeEach(async () => {
    server = await startQdrant();
  });
  afterEach(() => server.close());

  async function open(options: Partial<QdrantIndexOptions> = {}) {
    const storage = await openTemp();
    const { url, apiKey } = server;
    const settings = { url, apiKey, collection: `test-${randomUUID()}`, dimensions: 8, storage };
    const index = createQdrantIndex({ ...settings, ...options });
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const pieces = [chunk(id, 0, unit(0))];
    return {
      index,
      write: () => index.upsert(ann.tenantId, pieces),
      find: async () =>
        (await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 })).map(
          ({ promptId }) => promptId,
        ),
      calls: [
        () => index.upsert(ann.tenantId, pieces),
        () => index.prune(ann.tenantId, id),
        () => index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 }),
        () => index.look(ann.tenantId, unit(0), lookFor({ nearest: 5, also: [id] })),
        () => index.count(ann.tenantId),
        () => index.inventory(ann.tenantId),
        () => index.reset(),
        () => index.ensure(),
      ],
      id,
    };
  }

  it("a wrong key is `unavailable`, says where to set it, and is not told", async () => {
    const { calls } = await open({ apiKey: "canary-of-a-key" });
    for (const call of calls) {
      const error = await failure(call);
      expect(error).toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("QDRANT_API_KEY"),
      });
      expect(told(error)).not.toContain("canary-of-a-key");
    }
  });

  it("a server that is down makes every call `unavailable`, and is used again once it is back, with what it held", async () => {
    const { write, find, calls, id } = await open();
    await write();
    await server.kill();
    for (const call of calls) {
      const error = await failure(call);
      expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("QDRANT_URL") });
    }
    await server.restart();
    expect(await find()).toEqual([id]);
  });

  it("a server that is down at the start is used once it is there", async () => {
    await server.kill();
    const { write, find, id } = await open();
    expect(await failure(write)).toMatchObject({ code: "unavailable" });
    await server.restart();
    await write();
    expect(await find()).toEqual([id]);
  });

  it("a server that does not answer makes a call `unavailable` after the time it is given", async () => {
    const url = await intercepted(server.url, ({ path }) => (path.includes("/points") ? "hang" : undefined));
    const { index, write, find } = await open({ url, timeoutMs: 1_500 });
    await index.ensure();
    for (const call of [write, find]) expect(await failure(call)).toMatchObject({ code: "unavailable" });
  });

  it.each([429, 500, 503])("an answer of %i is `unavailable`", async (status) => {
    const url = await intercepted(server.url, ({ path }) => (path.includes("/points") ? status : undefined));
    const { write, find } = await open({ url });
    for (const call of [write, find]) expect(await failure(call)).toMatchObject({ code: "unavailable" });
  });

  it("a server that came back empty gets its collection again, and whoever fills it hears of it first", async () => {
    const heard: number[] = [];
    const { index, write, find, id } = await open({ onMissing: async () => void heard.push(1) });
    await write();
    expect(heard).toHaveLength(1);
    await server.restart({ empty: true });
    expect(await find()).toEqual([]);
    expect(heard).toHaveLength(2);
    await write();
    expect(await find()).toEqual([id]);
    await index.reset();
    expect(heard).toHaveLength(2);
  });

  it("a collection is not made before whoever fills it has heard that it is missing", async () => {
    let down = true;
    const onMissing = async () => {
      if (down) throw new Error("the database is away");
    };
    const { write, find, id } = await open({ onMissing });
    await expect(write()).rejects.toThrow("the database is away");
    down = false;
    await write();
    expect(await find()).toEqual([id]);
  });

  it("a connection that closes under a request does not fail it, whichever request it is", async () => {
    const closed = new Set<string>();
    const url = await intercepted(server.url, ({ method, path }) => {
      const request = `${method} ${path}`;
      if (closed.has(request)) return undefined;
      closed.add(request);
      return "close";
    });
    const { write, find, id } = await open({ url });
    await write();
    expect(await find()).toEqual([id]);
  });
});

describe("an address that does not lead to Qdrant", () => {
  it.each<[string, Verdict, string]>([
    ["an older Qdrant", { version: "1.15.5" }, "leads to 1.15.5"],
    ["another service", { hello: "world" }, "leads to something else"],
    ["a service without JSON", 200, "leads to something else"],
    ["a web server that has no such page", 404, "Check QDRANT_URL"],
  ])("is `unavailable`, and says so: %s", async (_, answer, expected) => {
    const url = await intercepted(NOWHERE, () => answer);
    expect(await failure(() => indexAt(url).ensure())).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(expected),
    });
  });
});

describe("the address", () => {
  it.each([
    ["http://search.example", "search.example:6333"],
    ["https://search.example", "search.example:6333"],
    ["https://search.example:443/", "search.example:443"],
    ["http://search.example:80/qdrant", "search.example:80"],
    ["http://search.example:7000", "search.example:7000"],
  ])("of %s is %s", (url, expected) => {
    expect(indexAt(url).id).toMatch(new RegExp(`^qdrant:${expected}/c#\\d+$`));
  });
});

const NOWHERE = "http://127.0.0.1:9";

/** An index that is never written to. */
function indexAt(url: string) {
  const asked = () => {
    throw new Error("The database is not asked");
  };
  const storage = { tenant: asked, libraryId: asked };
  return createQdrantIndex({ url, collection: "c", dimensions: 8, storage });
}

async function failure(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => {
      throw new Error("It did not fail");
    },
    (error: unknown) => error,
  );
}

/** All that an error says to whoever logs it whole, causes and hidden fields included. */
function told(error: unknown): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}
