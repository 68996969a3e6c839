import { describe, expect, it } from "vitest";
import { confidenceOf, LEAST_CONFIDENCE } from "../../src/services/confidence.ts";
import { rank } from "../../src/services/fusion.ts";

/** Candidates of which one is so near, and has so much of the query's words. */
function candidates({ similarity, share = 0 }: { similarity?: number; share?: number }) {
  const hit = similarity !== undefined && {
    promptId: "a",
    position: 0,
    similarity,
    opening: similarity,
  };
  return rank("hybrid", {
    coverage: new Map(share > 0 ? [["a", { share, titleShare: 0, words: [] }]] : []),
    hits: hit ? [hit] : [],
    foreign: false,
  });
}

describe("the confidence that something fits", () => {
  it("grows with nearness, from next to nothing to next to certainty", () => {
    const confidences = [0, 0.2, 0.3, 0.4, 0.6].map((similarity) =>
      confidenceOf(candidates({ similarity }), 0, 1529),
    );
    expect(confidences).toEqual(confidences.toSorted((a, b) => a - b));
    expect(confidences[0]).toBeLessThan(0.01);
    expect(confidences.at(-1)).toBeGreaterThan(0.99);
  });

  it("shrinks with what the query says and no prompt does", () => {
    const near = candidates({ similarity: 0.32 });
    expect(confidenceOf(near, 0, 1529)).toBeGreaterThan(LEAST_CONFIDENCE);
    expect(confidenceOf(near, 0.7, 1529)).toBeLessThan(LEAST_CONFIDENCE);
  });

  it("is enough where a prompt holds nearly all of the query, however far its meaning seems", () => {
    expect(confidenceOf(candidates({ similarity: 0.05, share: 0.9 }), 0.1, 1529)).toBeGreaterThan(0.5);
    expect(confidenceOf(candidates({ similarity: 0.05, share: 0.5 }), 0.5, 1529)).toBeLessThan(
      LEAST_CONFIDENCE,
    );
  });

  it("is enough where a prompt that is not embedded yet holds some of the query's words", () => {
    expect(confidenceOf(candidates({ share: 0.3 }), 0.7, 1529)).toBeGreaterThanOrEqual(LEAST_CONFIDENCE);
  });

  it("is 0 where there is nothing", () => {
    expect(confidenceOf([], 0, 1529)).toBe(0);
  });

  it("asks for less in a small library, where little comes near by chance and most words are missing", () => {
    const near = candidates({ similarity: 0.27 });
    expect(confidenceOf(near, 0.8, 1529)).toBeLessThan(LEAST_CONFIDENCE);
    expect(confidenceOf(near, 0.8, 4)).toBeGreaterThan(LEAST_CONFIDENCE);
    expect(confidenceOf(candidates({ similarity: 0.05 }), 1, 4)).toBeLessThan(LEAST_CONFIDENCE);
  });
});
