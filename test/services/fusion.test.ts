import { describe, expect, it } from "vitest";
import { type Evidence, rank } from "../../src/services/fusion.ts";

const hit = (promptId: string, similarity: number, opening = similarity) => ({
  promptId,
  position: similarity === opening ? 0 : 1,
  similarity,
  opening,
});
const covered = (share: number, titleShare = 0) => ({ share, titleShare, words: ["tea"] });
const evidence = (fields: Partial<Evidence>): Evidence => ({
  coverage: new Map(),
  hits: [],
  foreign: false,
  ...fields,
});
const order = (candidates: readonly { promptId: string }[]) => candidates.map(({ promptId }) => promptId);

describe("the ranking", () => {
  it("puts meaning first and lets words decide between likes", () => {
    const ranked = rank(
      "hybrid",
      evidence({
        coverage: new Map([["b", covered(1)]]),
        hits: [hit("a", 0.5), hit("b", 0.49), hit("c", 0.9)],
      }),
    );
    expect(order(ranked)).toEqual(["c", "b", "a"]);
    expect(ranked.map((candidate) => candidate.why)).toEqual(["meaning", "both", "meaning"]);
  });

  it("prefers a prompt that is about it to one that mentions it", () => {
    const ranked = rank("hybrid", evidence({ hits: [hit("mentions", 0.6, 0.1), hit("about", 0.55, 0.55)] }));
    expect(order(ranked)).toEqual(["about", "mentions"]);
  });

  it("finds by words what is not embedded yet", () => {
    const ranked = rank(
      "hybrid",
      evidence({ coverage: new Map([["new", covered(1)]]), hits: [hit("old", 0.3)] }),
    );
    expect(ranked[0]).toMatchObject({ promptId: "new", why: "words", hit: undefined });
  });

  it("lets words lead in a language that the model does not know, and meaning decide between the same words", () => {
    const coverage = new Map([
      ["says", covered(0.5)],
      ["says it too", covered(0.5)],
    ]);
    const hits = [hit("sounds alike", 0.9), hit("says", 0.2), hit("says it too", 0.3)];
    expect(order(rank("hybrid", evidence({ coverage, hits, foreign: true })))).toEqual([
      "says it too",
      "says",
      "sounds alike",
    ]);
  });

  it("goes by one of the two alone when asked to", () => {
    const both = evidence({
      coverage: new Map([
        ["said", covered(1)],
        ["titled", covered(0.9, 0.9)],
      ]),
      hits: [hit("near", 0.9), hit("said", 0.1)],
    });
    expect(order(rank("words", both))).toEqual(["titled", "said"]);
    expect(order(rank("meaning", both))).toEqual(["near", "said"]);
  });

  it("has one order for equals", () => {
    const ranked = rank("hybrid", evidence({ hits: [hit("b", 0.4), hit("a", 0.4)] }));
    expect(order(ranked)).toEqual(["a", "b"]);
  });
});
