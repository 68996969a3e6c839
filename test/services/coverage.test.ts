import { describe, expect, it } from "vitest";
import { coverageOf, missingShare, wordScore } from "../../src/services/coverage.ts";

const word = (term: string, weight: number, promptIds: string[], titledIds: string[] = []) => ({
  term,
  weight,
  match: { count: promptIds.length, promptIds, titledIds },
});

describe("coverage of a query by words", () => {
  it("is 1 when a prompt holds every word, and counts a rare word for more", () => {
    const coverage = coverageOf([word("common", 1, ["a", "b"]), word("rare", 9, ["a"])]);
    expect(coverage.get("a")).toMatchObject({ share: 1, words: ["common", "rare"] });
    expect(coverage.get("b")?.share).toBeCloseTo(0.1);
  });

  it("counts a word that no prompt holds as not covered", () => {
    const words = [word("here", 1, ["a"]), word("nowhere", 3, [])];
    expect(coverageOf(words).get("a")?.share).toBeCloseTo(0.25);
    expect(missingShare(words)).toBeCloseTo(0.75);
  });

  it("is worth more by words alone where the title says it", () => {
    const coverage = coverageOf([word("tea", 1, ["text", "titled"], ["titled"])]);
    const [text, titled] = [...coverage.values()].map(wordScore);
    expect(titled).toBeGreaterThan(text ?? Number.POSITIVE_INFINITY);
  });

  it("is nothing without words", () => {
    expect(coverageOf([]).size).toBe(0);
    expect(missingShare([])).toBe(0);
    expect(coverageOf([word("everywhere", 0, ["a"])]).get("a")?.share).toBe(0);
  });
});
