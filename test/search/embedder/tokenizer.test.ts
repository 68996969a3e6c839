import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUNDLED_FILES } from "../../../src/search/embedder/model-files.ts";
import { createTokenizer, fitStart } from "../../../src/search/embedder/tokenizer.ts";

const json = readFileSync(BUNDLED_FILES.tokenizerPath, "utf8");
const tokenizer = createTokenizer(json);
const library = new Tokenizer(JSON.parse(json), {});

const tokensOf = (text: string) => [...tokenizer.atoms(text)].flatMap(({ tokens }) => tokens);
const tokensOfLibrary = (text: string): number[] => library.encode(text, { add_special_tokens: false }).ids;

/** The library reads ideographs outside the basic plane and capital sigma otherwise than the model was trained with. */
const alike = (text: string) => !/[\u{20000}-\u{2fa1f}Σ]/u.test(text);

describe("the tokenizer", () => {
  it.each([
    "Hello, world!",
    "unaffable Überraschung ÉCOLE naïve",
    "const add = (a, b) => a + b; // 日本語のコメント",
    "[CLS] is a token, [cls] is not, nor is [ SEP ]",
    "≠ and ≮ come apart; so do ´ and `",
    "zero\u200bwidth\u00a0and\u3000wide\u0085spaces\u000bgone",
    "👩‍👩‍👧 flags 🇩🇪 and e\u0301",
    `${"x".repeat(100)} ${"x".repeat(101)}`,
  ])("gives the library's tokens for %j", (text) => {
    expect(tokensOf(text)).toEqual(tokensOfLibrary(text));
  });

  it("gives the library's tokens for any text", () => {
    const text = fc
      .array(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.lorem()))
      .map((parts) => parts.join(" "));
    fc.assert(
      fc.property(text.filter(alike), (sample) => {
        expect(tokensOf(sample)).toEqual(tokensOfLibrary(sample));
      }),
      { numRuns: 500 },
    );
  });

  it("reads each rare ideograph as a word, and a final capital sigma as any other", () => {
    expect(tokensOf("𠀀𠀁")).toHaveLength(2);
    expect(tokensOf("ΣΟΦΟΣ")).toEqual(tokensOf("σοφοσ"));
  });

  it("keeps as much of the start of a text as fits", () => {
    const text = "one two three four";
    const { tokens, end } = fitStart(tokenizer, text, 3);
    expect(tokens).toEqual(tokensOfLibrary("one two three"));
    expect(end).toBeGreaterThanOrEqual("one two three".length);
    expect(fitStart(tokenizer, text, 100)).toEqual({ tokens: tokensOfLibrary(text), end: text.length });
  });
});
