import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { inspectModel } from "../../../src/search/embedder/inspect-model.ts";
import {
  createTransformersEmbedder,
  type TransformersEmbedderOptions,
} from "../../../src/search/embedder/transformers.ts";
import { writeHubModel } from "./local-hub-model.ts";

const STAND_IN = new URL("./programs/transformers-library.ts", import.meta.url).href;
/** Where to import the real package from, when it is installed elsewhere. */
const REAL = process.env["PROMPTFORGE_TEST_TRANSFORMERS"] ?? "@huggingface/transformers";
const hasReal = await import(REAL).then(
  () => true,
  () => false,
);

/**
 * Why it is no development dependency: it needs onnxruntime-node without being optional, and so would the checkout. Where
 * an older npm runs that package's install script, which fetches from outside the registry, `npm ci` would fail; now it
 * leaves the package out and WebAssembly serves. It would also bring 185 MB more.
 */
const NO_REAL =
  "@huggingface/transformers, an optional peer, is not installed here: see CONTRIBUTING.md for how to run this test with it";

const builtin = createBuiltinEmbedder({ workers: 1 });
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((embedder) => embedder.close()));
});
afterAll(() => builtin.close());

function open(options: Partial<TransformersEmbedderOptions> = {}) {
  const embedder = createTransformersEmbedder({
    model: "some/model",
    dimensions: 384,
    modelsDir: join(tmpdir(), "promptforge-no-models"),
    workers: 1,
    library: STAND_IN,
    ...options,
  });
  opened.push(embedder);
  return embedder;
}

const unavailable = (part: string) => ({ code: "unavailable", message: expect.stringContaining(part) });
const texts = ["a cat", "a much longer text about the history of cats and their people", "tax law"];

function cosine(left: Float32Array | undefined, right: Float32Array | undefined): number {
  return left?.reduce((sum, component, at) => sum + component * (right?.[at] ?? 0), 0) ?? 0;
}

/** A hub that never answers: its address, and when it has been asked. */
async function withSilentHub(
  work: (address: string, asked: Promise<unknown>) => Promise<void>,
): Promise<void> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await work(`http://127.0.0.1:${port}`, once(server, "request")).finally(() => {
    server.closeAllConnections();
    server.close();
  });
}

describe("the embedder for models of the hub", () => {
  it("gives the model's vectors, in the order of the texts, from several threads", async () => {
    const embedder = open({ workers: 2 });
    const [vectors, expected] = await Promise.all([
      embedder.embed("tenant", texts),
      builtin.embed("tenant", texts),
    ]);
    for (const [at, vector] of expected.entries())
      expect(cosine(vectors[at], vector)).toBeGreaterThan(0.9999);
    expect(cosine(await embedder.embedQuery("tenant", "a cat"), expected[0])).toBeGreaterThan(0.9999);
  });

  it("splits by the model's own tokens", async () => {
    const text = "Explain the idea in plain words. Then give an example.\n".repeat(60);
    expect(await open().split("tenant", "A title", text)).toEqual(
      await builtin.split("tenant", "A title", text),
    );
  });

  it("reads the start of a text that is longer than its window", async () => {
    const start = "Explain the idea in plain words. ".repeat(100);
    const [long, longer] = await open().embed("tenant", [
      start,
      `${start}${"Something else. ".repeat(5000)}`,
    ]);
    expect(longer).toEqual(long);
  });

  it("says what runs the model once it has loaded", async () => {
    const messages: string[] = [];
    const note = (_: object, message: string) => void messages.push(message);
    const embedder = open({ logger: { info: note, warn: note } });
    expect(embedder.describe()).toEqual({ model: "some/model", engine: undefined, workers: 1 });
    await embedder.embedQuery("tenant", "a cat");
    expect(embedder.describe().engine).toBe("transformers.js 0.0.0-test");
    expect(messages).toEqual(["embedding model loaded"]);
  });

  it("has a fingerprint that tells models and providers apart", () => {
    const { fingerprint } = open();
    expect(open({ model: "other/model" }).fingerprint).not.toBe(fingerprint);
    expect(builtin.fingerprint).not.toBe(fingerprint);
  });

  it("loses one text that the model cannot read, and goes on", async () => {
    const embedder = open();
    await expect(embedder.embed("tenant", ["fail"])).rejects.toMatchObject(
      unavailable("gave no answer for this text"),
    );
    expect(await embedder.embed("tenant", ["a cat"])).toHaveLength(1);
  });

  it("does not let a search wait for a model that takes long to load", async () => {
    await withSilentHub(async (model) => {
      const embedder = open({ model, patienceMs: 10 });
      await expect(embedder.embedQuery("tenant", "a cat")).rejects.toMatchObject(
        unavailable("still being loaded"),
      );
      await embedder.close();
    });
  });

  it("stops fetching a model when it is closed", async () => {
    await withSilentHub(async (model, asked) => {
      const embedder = open({ model });
      const call = embedder.embed("tenant", ["a cat"]);
      call.catch(() => undefined);
      await asked;
      await embedder.close();
      await expect(call).rejects.toMatchObject({ code: "unavailable" });
    });
  });
});

describe("a model of the hub that cannot be used", () => {
  it("is unavailable with what to install when the package is missing", async () => {
    const embedder = open({ library: "@huggingface/no-such-package" });
    for (const call of [
      embedder.embedQuery("tenant", "a"),
      embedder.embed("tenant", ["a"]),
      embedder.split("tenant", "a", "b"),
    ]) {
      await expect(call).rejects.toMatchObject(unavailable("npm install @huggingface/transformers"));
    }
    expect(await inspectModel(open({ library: "@huggingface/no-such-package" }))).toMatchObject({
      ok: false,
      problem: expect.stringContaining("npm install @huggingface/transformers"),
    });
  });

  it("is unavailable when it cannot be fetched", async () => {
    await expect(open({ model: "missing/model" }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("The model missing/model cannot be read or fetched"),
    );
  });

  it("is unavailable when its vectors have another length", async () => {
    await expect(open({ dimensions: 512 }).embed("tenant", ["a"])).rejects.toMatchObject(
      unavailable("384 numbers where 512 are expected. Set PROMPTFORGE_EMBEDDER_DIMENSIONS to 384"),
    );
  });
});

describe("the real package, @huggingface/transformers", () => {
  it("runs a model from a folder", async (test) => {
    if (!hasReal) return test.skip(NO_REAL);
    const model = await writeHubModel();
    const embedder = open({ model, library: REAL, workers: 2 });
    const [bread, loaf, law] = await embedder.embed("tenant", ["bake bread", "a loaf of bread", "tax law"]);
    expect(bread).toHaveLength(384);
    expect(cosine(bread, bread)).toBeCloseTo(1, 5);
    expect(cosine(bread, loaf)).toBeGreaterThan(cosine(bread, law));
    const text = "Explain the idea in plain words. Then give an example.\n".repeat(60);
    expect(await embedder.split("tenant", "A title", text)).toEqual(
      await builtin.split("tenant", "A title", text),
    );
    expect(embedder.describe().engine).toMatch(/^transformers\.js \d/);
    await rm(model, { recursive: true });
  });
});
