import { describe, expect, it } from "vitest";
import { coverageOf, missingShare, wordScore } from "../../src/services/coverage.ts";

const word = (term: string, weight: number, count = 1) => ({ term, weight, count });

const held = (entries: Record<string, { terms: string[]; titled?: string[] }>) =>
  new Map(Object.entries(entries).map(([id, { terms, titled = [] }]) => [id, { terms, titled }]));

describe("coverage of a query by words", () => {
  it("is 1 when a prompt holds every word, and counts a rare word for more", () => {
    const coverage = coverageOf(
      [word("common", 1), word("rare", 9)],
      held({ a: { terms: ["common", "rare"] }, b: { terms: ["common"] } }),
    );
    expect(coverage.get("a")).toMatchObject({ share: 1, words: ["common", "rare"] });
    expect(coverage.get("b")?.share).toBeCloseTo(0.1);
  });

  it("counts a word that no prompt holds as not covered", () => {
    const words = [word("here", 1), word("nowhere", 3, 0)];
    expect(coverageOf(words, held({ a: { terms: ["here"] } })).get("a")?.share).toBeCloseTo(0.25);
    expect(missingShare(words)).toBeCloseTo(0.75);
  });

  it("is worth more by words alone where the title says it", () => {
    const coverage = coverageOf(
      [word("tea", 1)],
      held({ text: { terms: ["tea"] }, titled: { terms: ["tea"], titled: ["tea"] } }),
    );
    const [text, titled] = [...coverage.values()].map(wordScore);
    expect(titled).toBeGreaterThan(text ?? Number.POSITIVE_INFINITY);
  });

  it("is nothing without words", () => {
    expect(coverageOf([], held({})).size).toBe(0);
    expect(missingShare([])).toBe(0);
    expect(coverageOf([word("everywhere", 0)], held({ a: { terms: ["everywhere"] } })).get("a")?.share).toBe(
      0,
    );
  });
});
