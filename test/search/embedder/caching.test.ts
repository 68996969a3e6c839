import { afterAll, describe, expect, it } from "vitest";
import type { Embedder } from "../../../src/domain/ports/search.ts";
import { createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { type CacheSizes, withCache } from "../../../src/search/embedder/caching.ts";

const model = createBuiltinEmbedder({ workers: 1 });
afterAll(() => model.close());

/** The real model behind a cache, and what it was asked. */
function open(sizes?: CacheSizes) {
  const asked = { queries: [] as string[], texts: [] as string[] };
  let fails = false;
  const failIfWanted = () => {
    if (fails) throw new Error("away");
  };
  const watched: Embedder = {
    ...model,
    async embedQuery(tenantId, text) {
      asked.queries.push(text);
      failIfWanted();
      return model.embedQuery(tenantId, text);
    },
    async embed(tenantId, texts) {
      asked.texts.push(...texts);
      failIfWanted();
      return model.embed(tenantId, texts);
    },
  };
  return {
    cached: withCache(watched, sizes),
    asked,
    setFails(now: boolean) {
      fails = now;
    },
  };
}

describe("the cache of vectors", () => {
  it("embeds a repeated query once", async () => {
    const { cached, asked } = open();
    const first = await cached.embedQuery("tenant", "a cat");
    expect(await cached.embedQuery("tenant", "a cat")).toEqual(first);
    expect(first).toEqual(await model.embedQuery("tenant", "a cat"));
    expect(asked.queries).toEqual(["a cat"]);
  });

  it("keeps what tenants have had embedded apart, so that a quick answer tells nothing of another", async () => {
    const { cached, asked } = open();
    for (const tenantId of ["one", "two", "one"]) {
      await cached.embedQuery(tenantId, "a cat");
      await cached.embed(tenantId, ["a dog"]);
    }
    expect(asked).toEqual({ queries: ["a cat", "a cat"], texts: ["a dog", "a dog"] });
  });

  it("embeds a text once, in one call or several, and keeps the order", async () => {
    const { cached, asked } = open();
    const vectors = await cached.embed("tenant", ["one", "two", "one"]);
    expect(vectors).toEqual(await model.embed("tenant", ["one", "two", "one"]));
    await cached.embed("tenant", ["two", "three"]);
    expect(asked.texts).toEqual(["one", "two", "three"]);
  });

  it("embeds once what several ask for at once", async () => {
    const { cached, asked } = open();
    const calls = Array.from({ length: 10 }, () => cached.embedQuery("tenant", "a cat"));
    const vectors = await Promise.all([
      ...calls,
      ...(await Promise.all([cached.embed("tenant", ["b"]), cached.embed("tenant", ["b"])])),
    ]);
    expect(vectors).toHaveLength(12);
    expect(asked).toEqual({ queries: ["a cat"], texts: ["b"] });
  });

  it("keeps queries and texts apart, for models that do", async () => {
    const { cached, asked } = open();
    await cached.embedQuery("tenant", "a cat");
    await cached.embed("tenant", ["a cat"]);
    expect(asked).toEqual({ queries: ["a cat"], texts: ["a cat"] });
  });

  it("forgets failures", async () => {
    const { cached, asked, setFails } = open();
    setFails(true);
    await expect(cached.embedQuery("tenant", "a cat")).rejects.toThrow("away");
    await expect(cached.embed("tenant", ["a cat"])).rejects.toThrow("away");
    setFails(false);
    expect(await cached.embedQuery("tenant", "a cat")).toHaveLength(384);
    expect(await cached.embed("tenant", ["a cat"])).toHaveLength(1);
    expect(asked.queries).toHaveLength(2);
  });

  it("gives each caller a vector of its own", async () => {
    const { cached } = open();
    const first = await cached.embedQuery("tenant", "a cat");
    first.fill(0);
    expect(await cached.embedQuery("tenant", "a cat")).toEqual(await model.embedQuery("tenant", "a cat"));
  });

  it("drops what was not asked for the longest time when it is full", async () => {
    const { cached, asked } = open({ queries: 2 });
    for (const query of ["a", "b", "a", "c", "a", "b"]) await cached.embedQuery("tenant", query);
    expect(asked.queries).toEqual(["a", "b", "c", "b"]);
  });

  it("answers everybody, also when more is asked for at once than it holds", async () => {
    const { cached } = open({ texts: 3 });
    const texts = Array.from({ length: 20 }, (_, at) => `text ${at % 15}`);
    expect(await cached.embed("tenant", texts)).toEqual(await model.embed("tenant", texts));
  });

  it("is the embedder that it stands before in all else", () => {
    const { cached } = open();
    expect(cached.fingerprint).toBe(model.fingerprint);
    expect(cached.describe()).toEqual(model.describe());
  });
});
