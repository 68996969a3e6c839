import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { type BuiltinEmbedderOptions, createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { inspectModel } from "../../../src/search/embedder/inspect-model.ts";
import { BUNDLED_FILES } from "../../../src/search/embedder/model-files.ts";

const run = promisify(execFile);
const embedder = createBuiltinEmbedder({ workers: 1 });
const folder = await mkdtemp(join(tmpdir(), "promptforge-embedder-"));

afterAll(async () => {
  await embedder.close();
  await rm(folder, { recursive: true });
});

const damagedWeights = join(folder, "model.safetensors");
await copyFile(BUNDLED_FILES.weightsPath, damagedWeights);
await truncate(damagedWeights, 1_000_000);
const damaged = { ...BUNDLED_FILES, weightsPath: damagedWeights };

describe("the builtin embedder", () => {
  it("gives unit vectors, in the order of the texts, the same as for a query", async () => {
    const texts = ["a cat", "a much longer text about the history of cats and their people", "", "tax law"];
    const vectors = await embedder.embed("tenant", texts);
    expect(vectors).toHaveLength(texts.length);
    for (const [at, text] of texts.entries()) {
      expect(vectors[at]).toEqual(await embedder.embedQuery("tenant", text));
      expect(vectors[at]).toHaveLength(embedder.dimensions);
      expect(Math.hypot(...(vectors[at] ?? []))).toBeCloseTo(1, 5);
    }
  });

  it("gives nothing for nothing", async () => {
    expect(await embedder.embed("tenant", [])).toEqual([]);
  });

  it("answers a query before the texts that wait", async () => {
    const order: string[] = [];
    const texts = embedder
      .embed(
        "tenant",
        Array.from({ length: 20 }, (_, at) => `text ${at}`),
      )
      .then(() => order.push("texts"));
    await embedder.embedQuery("tenant", "query").then(() => order.push("query"));
    await texts;
    expect(order).toEqual(["query", "texts"]);
  });

  it("reads the start of a text that is longer than the model's window", async () => {
    const start = "Explain the idea in plain words. ".repeat(50);
    const [long, longer] = await embedder.embed("tenant", [
      start,
      `${start}${"Something else. ".repeat(15_000)}`,
    ]);
    expect(longer).toEqual(long);
  });

  it("splits a text into pieces that it reads whole", async () => {
    const text = "Explain the idea in plain words. Then give an example.\n".repeat(60);
    const spans = await embedder.split("tenant", "A title", text);
    expect(spans.length).toBeGreaterThan(1);
    expect(spans[0]?.start).toBe(0);
    expect(spans.at(-1)?.end).toBe(text.trimEnd().length);
  });

  it("tells the log once which engine has loaded", async () => {
    const messages: string[] = [];
    const logger = {
      info: (_: object, message: string) => messages.push(message),
      warn: (_: object, message: string) => messages.push(message),
    };
    const talkative = createBuiltinEmbedder({ workers: 2, logger });
    await talkative.embed("tenant", ["one", "two", "three"]);
    await talkative.close();
    expect(messages.filter((message) => message === "embedding model loaded")).toHaveLength(1);
  });

  it("can be closed before it has done anything, and is unavailable after", async () => {
    const closed = createBuiltinEmbedder();
    await closed.close();
    await expect(closed.embedQuery("tenant", "hello")).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a model that cannot be loaded", () => {
  it.each<[string, BuiltinEmbedderOptions, string]>([
    ["damaged weights", { files: damaged }, "The weights file of all-MiniLM-L6-v2 is damaged"],
    ["damaged weights, in WebAssembly", { files: damaged, engine: "wasm" }, "is damaged"],
    [
      "a missing tokenizer",
      { files: { ...BUNDLED_FILES, tokenizerPath: join(folder, "none.json") } },
      "The tokenizer file of all-MiniLM-L6-v2 cannot be read",
    ],
  ])("is unavailable with its reason: %s", async (_, options, reason) => {
    const broken = createBuiltinEmbedder({ ...options, workers: 1 });
    const calls = [
      broken.embedQuery("tenant", "hello"),
      broken.embed("tenant", ["a"]),
      broken.split("tenant", "a", "b"),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "unavailable", message: expect.stringContaining(reason) },
      });
    }
    await broken.close();
  });

  it("is a problem in the report on the model", async () => {
    expect(await inspectModel(createBuiltinEmbedder({ files: damaged, workers: 1 }))).toMatchObject({
      ok: false,
      model: "all-MiniLM-L6-v2",
      problem: expect.stringContaining("npm ci"),
    });
  });
});

describe("the report on the model", () => {
  it("names the engine that works", async () => {
    expect(await inspectModel(createBuiltinEmbedder({ engine: "wasm", workers: 1 }))).toMatchObject({
      ok: true,
      engine: "wasm",
    });
  });
});

describe("a process that embeds", () => {
  it.each(["by itself", "not before the answer", "in the middle"])("ends well: %s", async (way) => {
    const program = join(import.meta.dirname, "programs", "embed.ts");
    const { stdout, stderr } = await run(process.execPath, [program, way]);
    expect({ stdout, stderr }).toEqual({ stdout: "384", stderr: "" });
  });
});
