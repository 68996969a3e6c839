import { describe, expect, it } from "vitest";
import { coverageOf, rank } from "../../src/services/fusion.ts";

const hit = (promptId: string, similarity: number) => ({
  promptId,
  similarity,
  version: 1,
  span: { start: 0, end: 1 },
});

describe("coverage of a query by words", () => {
  it("is 1 when a prompt holds every word, and weighs rare words more", () => {
    const coverage = coverageOf(
      new Map([
        ["common", ["a", "b", "c"]],
        ["rare", ["a"]],
      ]),
      3,
    );
    expect(coverage.get("a")?.share).toBeCloseTo(1);
    expect(coverage.get("b")?.share).toBeLessThan(0.2);
    expect([...coverage.keys()][0]).toBe("a");
  });

  it("counts a word that no prompt holds as not covered", () => {
    const coverage = coverageOf(
      new Map([
        ["here", ["a"]],
        ["nowhere", []],
      ]),
      1,
    );
    expect(coverage.get("a")?.share).toBeLessThan(0.5);
  });
});

describe("the ranking", () => {
  it("puts meaning first and lets words decide between likes", () => {
    const coverage = coverageOf(new Map([["tea", ["b"]]]), 10);
    const ranked = rank(coverage, [hit("a", 0.5), hit("b", 0.49), hit("c", 0.9)]);
    expect(ranked.map((candidate) => candidate.promptId)).toEqual(["c", "b", "a"]);
    expect(ranked.map((candidate) => candidate.why)).toEqual(["meaning", "both", "meaning"]);
  });

  it("finds by words what is not embedded yet", () => {
    const ranked = rank(coverageOf(new Map([["tea", ["new"]]]), 10), [hit("old", 0.3)]);
    expect(ranked[0]).toMatchObject({ promptId: "new", why: "words" });
  });

  it("has one order for equals", () => {
    expect(rank(new Map(), [hit("b", 0.4), hit("a", 0.4)]).map((candidate) => candidate.promptId)).toEqual([
      "a",
      "b",
    ]);
  });
});
