import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createBuiltinEmbedder } from "../../src/search/embedder/builtin.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { type EmbeddingEndpoint, openEndpoint, reply } from "./embedder/embedding-endpoint.ts";

const model = createBuiltinEmbedder({ workers: 1 });
let endpoint: EmbeddingEndpoint;
let library: Library;
let ada: TestMember;

beforeAll(async () => {
  endpoint = await openEndpoint(model);
  library = await openLibrary({
    environment: {
      PROMPTFORGE_EMBEDDER: "openai",
      PROMPTFORGE_EMBEDDER_BASE_URL: endpoint.baseUrl,
      PROMPTFORGE_EMBEDDER_MODEL: "all-MiniLM-L6-v2",
    },
  });
  ada = await library.found("ada");
});
afterEach(() => {
  endpoint.script = undefined;
});
afterAll(async () => {
  await library.close();
  await endpoint.close();
  await model.close();
});

const textsAsked = () => endpoint.requests.flatMap(({ texts }) => texts);
const long = Array.from(
  { length: 60 },
  (_, at) => `Explain idea ${at} in plain words, and give an example.\n`,
).join("");

describe("a library that embeds by a service", () => {
  it("embeds identical content once, however many prompts have it", async () => {
    for (let copy = 1; copy <= 20; copy++) {
      await ada.call("create_prompt", { name: `copy-${copy}`, title: "Explain", content: long });
    }
    await ada.call("create_prompt", { name: "bread", title: "Bread", content: "Bake a sourdough loaf." });
    await library.app.indexer.drain();
    const asked = textsAsked();
    expect(asked.length).toBeGreaterThan(3);
    expect(asked).toHaveLength(new Set(asked).size);
  });

  it("finds prompts by meaning, and does not embed a repeated query again", async () => {
    endpoint.requests.length = 0;
    const query = "how do I make a starter dough?";
    for (let time = 0; time < 3; time++) {
      const { items, degraded } = await ada.call("search_prompts", { query, limit: 1 });
      expect(degraded).toBe(false);
      expect(items).toMatchObject([{ name: "bread" }]);
    }
    expect(textsAsked()).toEqual([query]);
  });

  it("searches by words while the service is away, and by meaning when it is back", async () => {
    endpoint.script = (_request, response) => {
      reply(response, 503, {}, { "retry-after": "60" });
      return "answered";
    };
    const query = { query: "sourdough loaf, please", limit: 1 };
    expect(await ada.call("search_prompts", query)).toMatchObject({
      degraded: true,
      items: [{ name: "bread" }],
    });
    endpoint.script = undefined;
    expect(await ada.call("search_prompts", query)).toMatchObject({
      degraded: false,
      items: [{ name: "bread" }],
    });
  });

  it("reports on the service", async () => {
    expect(await library.app.inspectModel()).toMatchObject({
      ok: true,
      model: "all-MiniLM-L6-v2",
      engine: new URL(endpoint.baseUrl).host,
    });
  });
});
