import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costLimit, hasLikeLetters, typingCost } from "../../src/services/spelling.ts";

const fits = (typed: string, meant: string) => Number.isFinite(typingCost(typed, meant, costLimit(typed)));

describe("the cost of a slip", () => {
  it.each([
    ["a letter left out", "shiping", "shipping"],
    ["vowels left out, as in abbreviations", "prmpt", "prompt"],
    ["two letters swapped", "langauge", "language"],
    ["a letter doubled", "writting", "writing"],
    ["one vowel for another", "grammer", "grammar"],
    ["two slips in a long word", "recomendatons", "recommendations"],
  ])("is small for %s", (_what, typed, meant) => {
    expect(fits(typed, meant)).toBe(true);
  });

  it.each([
    ["short words with another letter", "kite", "kits"],
    ["short words with two more letters", "cat", "coats"],
    ["words that share their beginning only", "walnut", "wallet"],
    ["two other letters", "market", "basket"],
  ])("is too high for %s", (_what, typed, meant) => {
    expect(fits(typed, meant)).toBe(false);
  });

  it("is nothing for the word itself, and never negative", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "e", "t", "y"), maxLength: 9 });
    fc.assert(
      fc.property(word, word, (typed, meant) => {
        expect(typingCost(typed, typed, 0)).toBe(0);
        expect(typingCost(typed, meant, 99)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("is never within a limit where the quick look at the letters says no", () => {
    const word = fc.string({ unit: fc.constantFrom(..."abcdefghij"), minLength: 4, maxLength: 9 });
    fc.assert(
      fc.property(word, word, (typed, meant) => {
        fc.pre(!hasLikeLetters(typed, meant));
        expect(fits(typed, meant)).toBe(false);
      }),
    );
    expect(hasLikeLetters("journalist", "bookkeeper")).toBe(false);
  });

  it("is the plain edit distance at most, and half of it at least", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "e"), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(word, word, (typed, meant) => {
        fc.pre(Math.abs(typed.length - meant.length) <= 2);
        const distance = levenshtein(typed, meant);
        const cost = typingCost(typed, meant, 99);
        expect(cost).toBeLessThanOrEqual(distance);
        // A swap is two edits for 0.7.
        expect(cost).toBeGreaterThanOrEqual(distance * 0.35 - 1e-9);
      }),
    );
  });
});

function levenshtein(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const [head, other] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return levenshtein(head, other);
  return 1 + Math.min(levenshtein(head, b), levenshtein(a, other), levenshtein(head, other));
}
