import { inspect } from "node:util";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { createOpenAiEmbedder } from "../../../src/search/embedder/openai.ts";
import { type EmbeddingEndpoint, openEndpoint, reply } from "./embedding-endpoint.ts";

const KEY = "sk-canary-4711";
const TEXT = "a confidential prompt";
const model = createBuiltinEmbedder({ workers: 1 });
let endpoint: EmbeddingEndpoint;

beforeEach(async () => {
  endpoint = await openEndpoint(model);
});
afterEach(() => endpoint.close());
afterAll(() => model.close());

/** All that a call with the canaries leaves behind: the error with its causes, and the log. */
async function traces(baseUrl = endpoint.baseUrl): Promise<string> {
  const log: unknown[] = [];
  const logger = {
    info: (...line: unknown[]) => log.push(line),
    warn: (...line: unknown[]) => log.push(line),
  };
  const embedder = createOpenAiEmbedder({
    baseUrl,
    apiKey: KEY,
    model: "m",
    dimensions: 384,
    timeoutMs: 100,
    maxRetries: 1,
    retryDelayMs: 1,
    logger,
  });
  const outcomes = await Promise.allSettled([
    embedder.embed("tenant", [TEXT]),
    embedder.embedQuery("tenant", TEXT),
  ]);
  await embedder.close();
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
  return inspect([outcomes, log, embedder], { depth: Number.POSITIVE_INFINITY, showHidden: true });
}

describe("the key and the texts", () => {
  it.each([400, 401, 403, 404, 413, 429, 500])("are in no error and no log after a %i", async (status) => {
    endpoint.script = ({ texts, authorization }, response) => {
      reply(response, status, { error: { message: `${authorization} may not embed ${texts}` } });
      return "answered";
    };
    const left = await traces();
    expect(left).toContain(`HTTP ${status}`);
    expect(left).not.toContain(KEY);
    expect(left).not.toContain(TEXT);
  });

  it.each<[string, string]>([
    ["an answer that is no JSON", "text"],
    ["no answer in time", "nothing"],
    ["a connection that breaks", "break"],
  ])("are in no error and no log after %s", async (_, way) => {
    endpoint.script = ({ texts, authorization }, response) => {
      if (way === "text") response.end(`${authorization} ${texts}`);
      if (way === "break") response.destroy();
      return "answered";
    };
    const left = await traces();
    expect(left).not.toContain(KEY);
    expect(left).not.toContain(TEXT);
  });

  it("are warned about where the key would cross a network in the clear", async () => {
    const warnings: string[] = [];
    const logger = { info: () => undefined, warn: (_: object, message: string) => warnings.push(message) };
    const open = (baseUrl: string) =>
      createOpenAiEmbedder({ baseUrl, apiKey: KEY, model: "m", dimensions: 384, logger });
    open("https://embed.example/v1");
    open("http://localhost:11434/v1");
    open(endpoint.baseUrl);
    expect(warnings).toEqual([]);
    open("http://embed.example/v1");
    expect(warnings).toEqual([expect.stringContaining("unencrypted")]);
  });
});
