import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { createOpenAiEmbedder } from "../../../src/search/embedder/openai.ts";
import { withPrefixes } from "../../../src/search/embedder/prefixed.ts";
import { type EmbeddingEndpoint, openEndpoint } from "./embedding-endpoint.ts";

const model = createBuiltinEmbedder({ workers: 1 });
let endpoint: EmbeddingEndpoint;
beforeAll(async () => {
  endpoint = await openEndpoint(model);
});
afterAll(async () => {
  await endpoint.close();
  await model.close();
});

const open = () => createOpenAiEmbedder({ baseUrl: endpoint.baseUrl, model: "m", dimensions: 384 });

describe("prefixes", () => {
  it("stand in front of searches and of stored texts", async () => {
    const prefixed = withPrefixes(open(), { query: "query: ", passage: "passage: " });
    await prefixed.embedQuery("tenant", "a cat");
    await prefixed.embed("tenant", ["Cats\nare", "dogs"]);
    expect(endpoint.requests.flatMap(({ texts }) => texts)).toEqual([
      "query: a cat",
      "passage: Cats\nare",
      "passage: dogs",
    ]);
  });

  it("take room in each piece of a text", async () => {
    const text = "one two three four five six seven ".repeat(100);
    const plain = await open().split("tenant", "A title", text);
    const prefixed = await withPrefixes(open(), {
      query: "",
      passage: "a long instruction ".repeat(20),
    }).split("tenant", "A title", text);
    expect(prefixed.length).toBeGreaterThan(plain.length);
  });

  it("ask for a new index only when they stand in front of what is stored", () => {
    const plain = open().fingerprint;
    expect(withPrefixes(open(), { query: "", passage: "" }).fingerprint).toBe(plain);
    expect(withPrefixes(open(), { query: "query: ", passage: "" }).fingerprint).toBe(plain);
    expect(withPrefixes(open(), { query: "", passage: "passage: " }).fingerprint).not.toBe(plain);
  });
});
