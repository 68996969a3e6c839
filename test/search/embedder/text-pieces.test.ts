import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUNDLED_FILES } from "../../../src/search/embedder/model-files.ts";
import { splitText, TEXT_TOKENS } from "../../../src/search/embedder/split-text.ts";
import { cutToFit, ESTIMATED_TOKENS, textPieces } from "../../../src/search/embedder/text-pieces.ts";

const library = new Tokenizer(JSON.parse(readFileSync(BUNDLED_FILES.tokenizerPath, "utf8")), {});
const anyText = fc.oneof(fc.string({ unit: "grapheme", maxLength: 2000 }), fc.lorem({ maxCount: 200 }));
const estimateOf = (text: string) => [...textPieces(text)].reduce((sum, { estimate }) => sum + estimate, 0);

const prose = "Explain the idea in plain words. Then give an example that a child would know.\n";
const samples = [
  prose,
  "Erkläre die Quantenverschränkung in einfachen Worten, höflich und ausführlich. ",
  "Объясни эту мысль простыми словами и приведи пример. ",
  "请用简单的话解释这个想法，然后举一个例子。",
  "この考えを簡単な言葉で説明してください。",
  "def f(x: int) -> str:\n    return f'{x!r}'  # {{name}}\n",
  "id=7f3a9c1e-55d0-4b1e; sum=1234567.89 EUR; ",
  "🙂👍🏽 ",
];

describe("the pieces of a text", () => {
  it("are all of it but white space, in order", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let covered = 0;
        for (const { start, end, text: piece } of textPieces(text)) {
          expect(text.slice(covered, start).trim()).toBe("");
          expect(text.slice(start, end)).toBe(piece);
          covered = end;
        }
        expect(text.slice(covered).trim()).toBe("");
      }),
    );
  });

  it.each(samples)(
    "are estimated at no less than half of what even an English model makes of them: %j",
    (sample) => {
      const text = sample.repeat(20);
      expect(estimateOf(text) / library.encode(text).ids.length).toBeGreaterThan(0.5);
    },
  );

  it.each(samples)("keep chunks within the usual window of 512 tokens: %j", (sample) => {
    const text = sample.repeat(100);
    for (const { start, end } of splitText(ESTIMATED_TOKENS, "A title", text)) {
      const chunk = `A title\n${text.slice(start, end)}`;
      expect(estimateOf(chunk)).toBeLessThanOrEqual(TEXT_TOKENS);
      expect(library.encode(chunk).ids.length).toBeLessThanOrEqual(512);
    }
  });

  it("are cut between lines where they are split", () => {
    const text = prose.repeat(100);
    for (const { start, end } of splitText(ESTIMATED_TOKENS, "A title", text)) {
      expect(text.slice(start, end)).toMatch(/^Explain[\s\S]*know\.$/);
    }
  });
});

describe("cutting a text to fit", () => {
  it("gives the longest start that fits", () => {
    fc.assert(
      fc.property(anyText, fc.nat(200), (text, tokens) => {
        const start = cutToFit(ESTIMATED_TOKENS, text, tokens);
        expect(text.startsWith(start)).toBe(true);
        expect(estimateOf(start)).toBeLessThanOrEqual(tokens);
        const next = [...textPieces(text)].find(({ end }) => end > start.length);
        if (next !== undefined) expect(estimateOf(text.slice(0, next.end))).toBeGreaterThan(tokens);
      }),
    );
  });
});
