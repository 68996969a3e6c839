import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUNDLED_FILES, WINDOW_TOKENS } from "../../../src/search/embedder/model-files.ts";
import { splitText } from "../../../src/search/embedder/split-text.ts";
import { createTokenizer } from "../../../src/search/embedder/tokenizer.ts";

const json = readFileSync(BUNDLED_FILES.tokenizerPath, "utf8");
const tokenizer = createTokenizer(json);
const library = new Tokenizer(JSON.parse(json), {});

const split = (heading: string, text: string) => splitText(tokenizer, heading, text);
const piecesOf = (heading: string, text: string) =>
  split(heading, text).map(({ start, end }) => text.slice(start, end));
/** With the two tokens around each input. */
const tokenCount = (text: string): number => library.encode(text).ids.length;

const line = "Explain the idea in plain words. Then give an example that a child would know.\n";

const words = fc.oneof(
  fc.lorem({ mode: "sentences", maxCount: 8 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.stringMatching(/^[a-z0-9]{50,120}$/),
  fc.constantFrom("\n\n", "    ", "请用简单的话解释。", "🙂🙂🙂", "{{name}}", "==========", "\u200b"),
);
const texts = fc.array(words, { maxLength: 60 }).map((parts) => parts.join(" "));
const headings = fc.oneof(fc.string({ unit: "grapheme", maxLength: 20 }), fc.lorem({ maxCount: 12 }));

describe("splitting a text", () => {
  it("leaves a short text whole", () => {
    expect(split("Title", "  A short prompt.\n")).toEqual([{ start: 2, end: 17 }]);
  });

  it.each(["", "   \n\t "])("gives one piece for %j", (text) => {
    expect(split("Title", text)).toEqual([{ start: 0, end: text.length }]);
  });

  it("cuts at ends of lines, and begins each piece with about 32 tokens of the one before", () => {
    const pieces = piecesOf("A title", line.repeat(40));
    expect(pieces.length).toBeGreaterThan(2);
    for (const [at, piece] of pieces.entries()) {
      expect(piece).toMatch(/^Explain/);
      expect(piece).toMatch(/know\.$/);
      const next = pieces[at + 1];
      if (next !== undefined) expect(next.startsWith(line.trim())).toBe(true);
    }
  });

  it("cuts between words where there are no sentences, and inside them only where there are no words", () => {
    for (const piece of piecesOf("", "lorem ipsum dolor ".repeat(200))) {
      expect(piece).toMatch(/^(lorem|ipsum|dolor)\b.*\b(lorem|ipsum|dolor)$/);
    }
    expect(piecesOf("", "汉".repeat(1000)).length).toBeGreaterThan(3);
  });

  it("covers all of a text with pieces in order that fit the window with the heading in front", () => {
    fc.assert(
      fc.property(headings, texts, (heading, text) => {
        const spans = split(heading, text);
        expect(spans.length).toBeGreaterThan(0);
        let covered = 0;
        let previous = { start: -1, end: -1 };
        for (const { start, end } of spans) {
          expect(text.slice(covered, start).trim()).toBe("");
          expect(start > previous.start || spans.length === 1).toBe(true);
          expect(end > previous.end).toBe(true);
          expect(tokenCount(`${heading}\n${text.slice(start, end)}`)).toBeLessThanOrEqual(WINDOW_TOKENS);
          covered = end;
          previous = { start, end };
        }
        expect(text.slice(covered).trim()).toBe("");
      }),
      { numRuns: 200 },
    );
  });

  it("never cuts a character in half", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 300, maxLength: 1500 }), (text) => {
        for (const piece of piecesOf("", text)) expect(piece.isWellFormed()).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("fits pieces to long headings too", () => {
    const heading = "标题".repeat(70);
    for (const piece of piecesOf(heading, line.repeat(40))) {
      expect(tokenCount(`${heading}\n${piece}`)).toBeLessThanOrEqual(WINDOW_TOKENS);
    }
  });

  it.each([
    ["prose", line],
    ["ideographs", "请用简单的话解释这个想法。"],
    ["punctuation", "="],
    ["long made-up words", `${"xqzjv".repeat(19)} `],
    ["characters that are no token", "\u200b "],
  ])("gives pieces in proportion to the text for 256 KiB of %s", (_, unit) => {
    const countOf = (bytes: number) => split("A title", unit.repeat(bytes / Buffer.byteLength(unit))).length;
    const whole = countOf(256 * 1024);
    expect(whole).toBeLessThanOrEqual(2000);
    expect(whole).toBeLessThanOrEqual(4 * countOf(64 * 1024) + 4);
  });
});
