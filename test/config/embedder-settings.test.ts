import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";

const embedderOf = (settings: Record<string, string>) =>
  loadConfig(
    Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [`PROMPTFORGE_EMBEDDER${name && `_${name}`}`, value]),
    ),
  ).embedder;

function problemWith(settings: Record<string, string>): string {
  try {
    embedderOf(settings);
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_input" });
    return (error as Error).message;
  }
  throw new Error("The settings were accepted.");
}

describe("the settings of the embedder", () => {
  it("are the bundled model by default", () => {
    expect(embedderOf({})).toEqual({ provider: "builtin", engine: "auto", workers: undefined });
  });

  it("need no more than a key for OpenAI", () => {
    expect(embedderOf({ "": "openai", API_KEY: "sk-1" })).toEqual({
      provider: "openai",
      baseUrl: "https://api.openai.com/v1",
      apiKey: "sk-1",
      model: "text-embedding-3-small",
      dimensions: 1536,
      timeoutMs: 30_000,
      prefixes: { query: "", passage: "" },
    });
  });

  it.each([
    ["text-embedding-3-large", 3072],
    ["text-embedding-ada-002", 1536],
    ["bge-m3:latest", 1024],
    ["intfloat/multilingual-e5-base", 768],
  ])("know the length of the vectors of %s", (model, dimensions) => {
    expect(embedderOf({ "": "openai", BASE_URL: "http://localhost:11434/v1", MODEL: model })).toMatchObject({
      model,
      dimensions,
      apiKey: undefined,
    });
  });

  it("know what E5 models were trained with, and take another word for it", () => {
    const e5 = { "": "transformers", MODEL: "Xenova/multilingual-e5-small" };
    expect(embedderOf(e5)).toMatchObject({
      provider: "transformers",
      dimensions: 384,
      prefixes: { query: "query: ", passage: "passage: " },
    });
    expect(embedderOf({ ...e5, QUERY_PREFIX: "Find: ", DIMENSIONS: "100" })).toMatchObject({
      dimensions: 100,
      prefixes: { query: "Find: ", passage: "passage: " },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ "": "openai" }, "PROMPTFORGE_EMBEDDER_API_KEY is needed for https://api.openai.com/v1"],
    [{ "": "openai", BASE_URL: "http://localhost:1/v1" }, "PROMPTFORGE_EMBEDDER_MODEL is needed with openai"],
    [{ "": "transformers" }, "PROMPTFORGE_EMBEDDER_MODEL is needed with transformers"],
    [{ "": "transformers", MODEL: "own/model" }, "PROMPTFORGE_EMBEDDER_DIMENSIONS is needed for own/model"],
    [{ MODEL: "bge-m3" }, "PROMPTFORGE_EMBEDDER_MODEL needs PROMPTFORGE_EMBEDDER=transformers or openai"],
    [{ API_KEY: "sk-1" }, "PROMPTFORGE_EMBEDDER_API_KEY needs PROMPTFORGE_EMBEDDER=openai"],
    [
      { "": "transformers", MODEL: "bge-m3", BASE_URL: "https://a.example" },
      "PROMPTFORGE_EMBEDDER_BASE_URL needs PROMPTFORGE_EMBEDDER=openai",
    ],
    [{ "": "other" }, "PROMPTFORGE_EMBEDDER must be builtin, transformers or openai; it is 'other'"],
    [{ "": "openai", BASE_URL: "ftp://a.example" }, "PROMPTFORGE_EMBEDDER_BASE_URL must be an address"],
    [{ "": "openai", BASE_URL: "https://user:secret@a.example" }, "must hold no user, password"],
    [{ DIMENSIONS: "0" }, "PROMPTFORGE_EMBEDDER_DIMENSIONS must be a whole number from 1 to 8192; it is '0'"],
    [{ TIMEOUT_MS: "1" }, "PROMPTFORGE_EMBEDDER_TIMEOUT_MS must be a whole number"],
  ])("are refused with what is wrong: %j", (settings, problem) => {
    expect(problemWith(settings)).toContain(problem);
    expect(problemWith(settings)).not.toContain("secret");
  });

  it("are refused without the key being repeated", () => {
    const problem = problemWith({ "": "openai", API_KEY: "sk-1\nX-Other: 1" });
    expect(problem).toContain("PROMPTFORGE_EMBEDDER_API_KEY must be one word");
    expect(problem).not.toContain("sk-1");
  });
});
