import { afterAll, describe, expect, it } from "vitest";
import { createBuiltinEmbedder } from "../../../src/search/embedder/builtin.ts";
import { inspectModel } from "../../../src/search/embedder/inspect-model.ts";
import { loadEngine } from "../../../src/search/embedder/load-engine.ts";
import { BUNDLED_FILES } from "../../../src/search/embedder/model-files.ts";

const native = createBuiltinEmbedder({ engine: "native" });
const wasm = createBuiltinEmbedder({ engine: "wasm" });
const { ok: hasNative, problem } = await inspectModel(
  createBuiltinEmbedder({ engine: "native", workers: 1 }),
);

afterAll(async () => {
  await Promise.all([native.close(), wasm.close()]);
});

const subjects = [
  "cats",
  "the French Revolution",
  "quicksort",
  "tax law",
  "sourdough",
  "black holes",
  "chess",
];
const asked = subjects.flatMap((subject) => [
  `Explain ${subject} to a 10 year old.`,
  `You are an expert on ${subject}. Ask me three questions, then write a plan with headings and a table.`,
  `Erkläre ${subject} in einfachen Worten, höflich und ausführlich.`,
  `Explique ${subject} à un élève, s’il vous plaît : où, quand, comment ?`,
  `${subject}について簡単に説明してください。`,
  `请用简单的话解释${subject}。`,
  `Объясни ${subject} простыми словами.`,
  `اشرح ${subject} بكلمات بسيطة`,
  `${subject} を ${subject} と比べて、🙂👍🏽 で答えて！`,
  `def ${subject.replaceAll(" ", "_")}(x: int) -> str:\n    return f"{x!r}"  # TODO {{name}}`,
]);
const odd = [
  "",
  " ",
  "\n\t",
  "?",
  "a",
  "0",
  "👩‍👩‍👧‍👦",
  "🇩🇪🇫🇷",
  "[CLS] [MASK] [SEP]",
  "ΣΟΦΟΣ ΛΟΓΟΣ",
  "İstanbul ŒUVRE ǅ",
  "ﬁne ligatures ½ ² ℌ",
  "𠀀𠀁 rare ideographs",
  "한국어 문장도 있습니다.",
  "ไทยเขียนติดกันไม่มีวรรค",
  "हिन्दी में लिखा हुआ वाक्य",
  "zero\u200bwidth soft\u00adhyphen \ufeffBOM",
  "x".repeat(150),
  "https://example.com/a/very/long/path?query=1&other=%20#fragment",
  '{"role":"system","content":"You are helpful.\\n"}',
  "SELECT * FROM prompts WHERE tenant_id = $1 -- ' OR 1=1",
  "≠ ≤ ≥ ∑ ∫ √ π",
  "    indented\r\n\r\n\r\n    text\r\n",
  "ALL CAPITALS AND éÈÊ ÄÖÜ",
];
const long = [
  "Write a story in the style of a fairy tale. ".repeat(60),
  "请用简单的话解释这个想法。".repeat(60),
  `${"word ".repeat(250)}unbelievablyinternationalisation`,
  "if (a[i] !== b[j]) { return { ...c, d: [1, 2, 3] }; }\n".repeat(30),
  "🙂 ".repeat(400),
  "x9".repeat(40).concat(" ").repeat(20),
];
const samples = [...asked, ...odd, ...long];

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return a === undefined || b === undefined
    ? Number.NaN
    : a.reduce((sum, x, at) => sum + x * (b[at] ?? 0), 0);
}

describe("choosing an engine", () => {
  const unfitForNative = {
    files: BUNDLED_FILES,
    weights: new Uint8Array(4),
    section: new Int32Array(new SharedArrayBuffer(8)),
  };

  it("falls back to WebAssembly where the native engine does not load, and says why", async () => {
    const { engine, nativeProblem } = await loadEngine("auto", unfitForNative);
    expect(engine.name).toBe("wasm");
    expect(nativeProblem).toMatch(/too short|not installed/);
  });

  it("does not fall back from the native engine when that was asked for", async () => {
    await expect(loadEngine("native", unfitForNative)).rejects.toThrow("choose the engine auto or wasm");
  });
});

describe("the two engines", () => {
  it("take at least 100 varied texts", () => {
    expect(new Set(samples).size).toBeGreaterThanOrEqual(100);
  });

  it("give the same vectors, so that changing the engine needs no new index", async (test) => {
    if (!hasNative) return test.skip(`the native engine is not to be had here: ${problem}`);
    const [fast, slow] = await Promise.all([native.embed("tenant", samples), wasm.embed("tenant", samples)]);
    const unlike = samples.filter((_, at) => !(cosine(fast[at], slow[at]) >= 0.9999));
    expect(unlike).toEqual([]);
  });

  it("say which they are once they have loaded", async (test) => {
    expect(createBuiltinEmbedder({ engine: "wasm" }).describe().engine).toBeUndefined();
    await wasm.embedQuery("tenant", "hello");
    expect(wasm.describe()).toMatchObject({ model: "all-MiniLM-L6-v2", engine: "wasm" });
    if (!hasNative) return test.skip(`the native engine is not to be had here: ${problem}`);
    await native.embedQuery("tenant", "hello");
    expect(native.describe().engine).toBe("native");
  });

  it("put like by like", async () => {
    const [query, near, far] = await wasm.embed("tenant", [
      "explain AI concepts simply",
      "Explain transformer architecture to a 10 year old",
      "Write a shopping list for a barbecue",
    ]);
    expect(cosine(query, near)).toBeGreaterThan(cosine(query, far) + 0.1);
  });
});
