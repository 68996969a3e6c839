import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { inspectModel } from "../../../src/search/embedder/inspect-model.ts";
import { createOpenAiEmbedder, type OpenAiEmbedderOptions } from "../../../src/search/embedder/openai.ts";
import { type EmbeddingEndpoint, openEndpoint, reply, statuses } from "./embedding-endpoint.ts";

const model = createBuiltinEmbedder({ workers: 1 });
let endpoint: EmbeddingEndpoint;
const opened: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  endpoint = await openEndpoint(model);
  opened.push(endpoint);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((part) => part.close()));
});
afterAll(() => model.close());

function open(options: Partial<OpenAiEmbedderOptions> = {}) {
  const embedder = createOpenAiEmbedder({
    baseUrl: endpoint.baseUrl,
    model: "all-minilm",
    dimensions: 384,
    retryDelayMs: 1,
    ...options,
  });
  opened.push(embedder);
  return embedder;
}

const texts = ["a cat", "tax law", "the French Revolution", "how to bake bread", "black holes"];
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `text ${at}`);
const unavailable = (part: string) => ({ code: "unavailable", message: expect.stringContaining(part) });
const sizes = () => endpoint.requests.map((request) => request.texts.length);

function cosine(left: Float32Array | undefined, right: Float32Array | undefined): number {
  return left?.reduce((sum, component, at) => sum + component * (right?.[at] ?? 0), 0) ?? 0;
}

describe("the embedder for OpenAI-compatible services", () => {
  it("gives the service's vectors with length 1, in the order of the texts", async () => {
    const [vectors, expected] = await Promise.all([
      open().embed("tenant", texts),
      model.embed("tenant", texts),
    ]);
    expect(vectors).toHaveLength(texts.length);
    for (const [at, vector] of vectors.entries()) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect(cosine(vector, expected[at])).toBeCloseTo(1, 5);
    }
    expect(cosine(await open().embedQuery("tenant", "a cat"), expected[0])).toBeCloseTo(1, 5);
  });

  it("names the model and shows the key, and sends no dimensions to a model of that length", async () => {
    await open({ apiKey: "key-1" }).embedQuery("tenant", "a cat");
    await open().embedQuery("tenant", "a cat");
    expect(endpoint.requests).toMatchObject([
      { model: "all-minilm", authorization: "Bearer key-1", dimensions: undefined },
      { authorization: undefined },
    ]);
  });

  it("gives nothing for nothing, and asks nothing", async () => {
    expect(await open().embed("tenant", [])).toEqual([]);
    expect(endpoint.requests).toEqual([]);
  });

  it("sends texts in batches, those of several callers together", async () => {
    const embedder = open();
    await Promise.all([
      embedder.embed("tenant", numbered(100)),
      embedder.embed("tenant", ["one"]),
      embedder.embed("tenant", ["two"]),
    ]);
    expect(sizes().reduce((sum, size) => sum + size)).toBe(102);
    expect(Math.max(...sizes())).toBe(64);
    expect(endpoint.requests).toHaveLength(2);
  });

  it("keeps to a size of batches that is set", async () => {
    await open({ batchSize: 4 }).embed("tenant", numbered(10));
    expect(sizes()).toEqual([4, 4, 2]);
  });

  it("lets tenants take turns where not all texts go into one request", async () => {
    const embedder = open({ batchSize: 4 });
    await Promise.all([embedder.embed("much", numbered(20)), embedder.embed("little", ["one", "two"])]);
    const [first] = endpoint.requests;
    expect(first?.texts).toEqual(expect.arrayContaining(["one", "two"]));
  });

  it("has two requests for the indexer under way, and answers a search before they end", async () => {
    const embedder = open({ batchSize: 2 });
    const held: (() => void)[] = [];
    const bothHeld = new Promise<void>((resolve) => {
      endpoint.script = async ({ texts: [first] }) => {
        if (first === "a search") return undefined;
        return new Promise((release) => {
          held.push(() => release(undefined));
          if (held.length === 2) resolve();
        });
      };
    });
    const indexing = embedder.embed("tenant", numbered(8));
    await bothHeld;
    await embedder.embedQuery("tenant", "a search");
    expect(sizes()).toEqual([2, 2, 1]);
    endpoint.script = undefined;
    for (const release of held) release();
    expect(await indexing).toHaveLength(8);
  });

  it("splits texts into pieces that cover them, and cuts what is too long for a request", async () => {
    const text = "Explain the idea in plain words. Then give an example.\n".repeat(200);
    const embedder = open();
    const spans = await embedder.split("tenant", "A title", text);
    expect(spans.length).toBeGreaterThan(5);
    expect(spans[0]?.start).toBe(0);
    expect(spans.at(-1)?.end).toBe(text.trimEnd().length);
    await embedder.embed("tenant", [
      text,
      ...spans.map(({ start, end }) => `A title\n${text.slice(start, end)}`),
    ]);
    const [cut, ...pieces] = endpoint.requests.flatMap((request) => request.texts);
    expect(text.startsWith(cut ?? "-")).toBe(true);
    expect(cut?.length).toBeLessThan(3000);
    expect(pieces).toEqual(spans.map(({ start, end }) => `A title\n${text.slice(start, end)}`));
  });

  it("has a fingerprint that tells models and lengths apart, and not addresses", () => {
    const one = open().fingerprint;
    expect(open({ baseUrl: "https://elsewhere.example/v1" }).fingerprint).toBe(one);
    expect(open({ model: "other" }).fingerprint).not.toBe(one);
    expect(open({ dimensions: 512 }).fingerprint).not.toBe(one);
  });

  it("is reported with its model and the service's host", async () => {
    expect(await inspectModel(open())).toMatchObject({
      ok: true,
      model: "all-minilm",
      engine: new URL(endpoint.baseUrl).host,
    });
  });

  it("says what runs the model only while it answers", async () => {
    const embedder = open({ maxRetries: 0 });
    const { host } = new URL(endpoint.baseUrl);
    expect(embedder.describe().engine).toBeUndefined();
    await embedder.embed("tenant", ["a"]);
    expect(embedder.describe().engine).toBe(host);
    endpoint.script = statuses(500);
    await expect(embedder.embed("tenant", ["a"])).rejects.toThrow();
    expect(embedder.describe().engine).toBeUndefined();
  });

  it("is unavailable once closed, also for what was under way", async () => {
    const embedder = open();
    const arrived = new Promise<void>((resolve) => {
      endpoint.script = () => {
        resolve();
        return "answered";
      };
    });
    const pending = [embedder.embedQuery("tenant", "a"), embedder.embed("tenant", ["b"])];
    for (const call of pending) call.catch(() => undefined);
    await arrived;
    await embedder.close();
    for (const call of [...pending, embedder.embedQuery("tenant", "c"), embedder.embed("tenant", ["d"])]) {
      await expect(call).rejects.toMatchObject(unavailable("closed"));
    }
  });
});

describe("vectors of another length", () => {
  it("are refused with the setting that mends it", async () => {
    await expect(open({ dimensions: 768 }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("384 numbers where 768 are expected. Set PROMPTFORGE_EMBEDDER_DIMENSIONS to 384"),
    );
  });

  it("are asked for shorter where the model can", async () => {
    const embedder = open({ dimensions: 128 });
    expect(await embedder.embedQuery("tenant", "a cat")).toHaveLength(128);
    expect(await embedder.embedQuery("tenant", "a dog")).toHaveLength(128);
    expect(endpoint.requests.map((request) => request.dimensions)).toEqual([undefined, 128, 128]);
  });

  it("are refused as too long where the model cannot be asked", async () => {
    endpoint.script = ({ dimensions }, response) => {
      if (dimensions === undefined) return undefined;
      reply(response, 400, { error: { message: "This model does not support shorter vectors." } });
      return "answered";
    };
    await expect(open({ dimensions: 128 }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("384 numbers where 128 are expected"),
    );
  });
});

describe("a service in trouble", () => {
  it.each([429, 500, 503])("is asked again after a %i", async (status) => {
    endpoint.script = statuses(status, status);
    expect(await open().embed("tenant", ["a"])).toHaveLength(1);
    expect(endpoint.requests).toHaveLength(3);
  });

  it("is asked again no sooner than it wants", async () => {
    endpoint.script = statuses([429, { "retry-after": "1" }]);
    const pauses: number[] = [];
    const sleep = async (ms: number) => void pauses.push(ms);
    await open({ sleep }).embed("tenant", ["a"]);
    expect(endpoint.requests).toHaveLength(2);
    // Less what passes before every further try: 1 to 2 ms here.
    expect([[998], [999]]).toContainEqual(pauses);
  });

  it("is not asked again when it wants to rest for long: by seconds or by a date", async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toUTCString();
    endpoint.script = statuses([429, { "retry-after": "3600" }], [503, { "retry-after": tomorrow }]);
    await expect(open().embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("fewer requests (HTTP 429)"),
    );
    await expect(open().embed("tenant", ["a"])).rejects.toMatchObject(unavailable("in trouble (HTTP 503)"));
    expect(endpoint.requests).toHaveLength(2);
  });

  it("is given up after the tries that are set", async () => {
    endpoint.script = statuses(...Array.from({ length: 20 }, () => 500));
    await expect(open({ maxRetries: 2 }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("HTTP 500"),
    );
    expect(endpoint.requests).toHaveLength(3);
  });

  it("is left alone by searches after three that failed", async () => {
    endpoint.script = statuses(...Array.from({ length: 20 }, () => 500));
    const embedder = open();
    for (let search = 0; search < 5; search++) {
      await expect(embedder.embedQuery("tenant", "a")).rejects.toMatchObject(unavailable("HTTP 500"));
    }
    expect(endpoint.requests).toHaveLength(6);
  });

  it("is unavailable when it does not answer in time", async () => {
    endpoint.script = () => "answered";
    const embedder = open({ timeoutMs: 50, maxRetries: 1 });
    await expect(embedder.embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("did not answer within 50 ms"),
    );
    await expect(embedder.embedQuery("tenant", "a")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("is unavailable when nothing listens", async () => {
    const { baseUrl } = endpoint;
    await endpoint.close();
    opened.splice(opened.indexOf(endpoint), 1);
    await expect(open({ baseUrl, maxRetries: 1 }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("cannot be reached (ECONNREFUSED)"),
    );
  });

  it("is asked again when it hangs up in the middle", async () => {
    let first = true;
    endpoint.script = (_request, response) => {
      if (!first) return undefined;
      first = false;
      response.writeHead(200, { "content-length": "1000" }).write("{");
      setImmediate(() => response.destroy());
      return "answered";
    };
    expect(await open().embed("tenant", ["a"])).toHaveLength(1);
  });
});

describe("a service that is set up wrong", () => {
  it.each([
    [401, "refuses the key"],
    [403, "refuses the key"],
    [404, "knows no such address or model"],
    [402, "HTTP 402"],
    [400, "refuses the text (HTTP 400)"],
  ])("is asked once when it answers %i", async (status, message) => {
    endpoint.script = statuses(...Array.from({ length: 20 }, () => status));
    await expect(open().embedQuery("tenant", "a")).rejects.toMatchObject(unavailable(message));
    expect(endpoint.requests).toHaveLength(1);
  });

  it("is not followed to another address", async () => {
    const other = await openEndpoint(model);
    opened.push(other);
    endpoint.script = statuses([307, { location: `${other.baseUrl}/embeddings` }]);
    await expect(open({ apiKey: "key-1" }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("redirects"),
    );
    expect(other.requests).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["another form", { vectors: [[1, 2]] }],
    ["no vectors", { data: [] }],
    ["too many vectors", { data: [{ embedding: [1] }, { embedding: [1] }] }],
    ["the same place twice", { data: [{ index: 1, embedding: [1] }] }],
    ["gaps in a vector", { data: [{ index: 0, embedding: [1, null] }] }],
  ])("is unavailable when its answer has %s", async (_, body) => {
    endpoint.script = (_request, response) => {
      reply(response, 200, body);
      return "answered";
    };
    await expect(open().embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("something else than a vector"),
    );
    expect(endpoint.requests).toHaveLength(1);
  });

  it("is unavailable when its answer is a web page, or a vector without direction", async () => {
    endpoint.script = (_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>");
      return "answered";
    };
    await expect(open().embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("something else than a vector"),
    );
    endpoint.script = (_request, response) => {
      reply(response, 200, { data: [{ index: 0, embedding: Array.from({ length: 384 }, () => 0) }] });
      return "answered";
    };
    await expect(open().embed("tenant", ["a"])).rejects.toMatchObject(unavailable("points nowhere"));
  });

  it("is not read further than an answer can be long", async () => {
    endpoint.script = async (_request, response) => {
      const block = Buffer.alloc(1024 * 1024, " ");
      response.on("error", () => undefined);
      while (!response.destroyed && response.writable) {
        if (!response.write(block)) await new Promise((resolve) => setImmediate(resolve));
      }
      return "answered" as const;
    };
    await expect(open().embed("tenant", ["a"])).rejects.toMatchObject(unavailable("too large"));
  });
});

describe("a text that the service refuses", () => {
  const refuse = (status: number) => {
    endpoint.script = ({ texts: given }, response) => {
      if (!given.includes("bad")) return undefined;
      reply(response, status, { error: { message: "Too long." } });
      return "answered";
    };
  };

  it.each([400, 413, 422])(
    "is refused alone, and the others of its batch are embedded: %i",
    async (status) => {
      refuse(status);
      const embedder = open();
      const outcomes = await Promise.allSettled(
        ["one", "two", "bad", "three", "four"].map((text) => embedder.embed("tenant", [text])),
      );
      expect(outcomes.map((outcome) => outcome.status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "fulfilled",
        "fulfilled",
      ]);
      expect(outcomes[2]).toMatchObject({ reason: { code: "invalid_input" } });
    },
  );

  it("makes batches smaller where it was their size", async () => {
    endpoint.script = ({ texts: given }, response) => {
      if (given.length <= 8) return undefined;
      reply(response, 422, { error: "batch size > maximum allowed batch size 8" });
      return "answered";
    };
    const embedder = open({ batchSize: 16 });
    expect(await embedder.embed("tenant", numbered(40))).toHaveLength(40);
    endpoint.requests.length = 0;
    expect(await embedder.embed("tenant", numbered(40))).toHaveLength(40);
    expect(sizes()).toEqual([8, 8, 8, 8, 8]);
  });

  it("is taken for a wrong setting as long as nothing has been embedded", async () => {
    endpoint.script = statuses(...Array.from({ length: 200 }, () => 400));
    await expect(open().embed("tenant", numbered(64))).rejects.toMatchObject(unavailable("refuses the text"));
    expect(endpoint.requests.length).toBeLessThan(10);
  });
});
