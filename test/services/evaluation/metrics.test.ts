import { describe, expect, it } from "vitest";
import { estimate } from "../../../src/services/evaluation/bootstrap.ts";
import { areaUnderCurve, scoresOf } from "../../../src/services/evaluation/metrics.ts";

const grades = new Map([
  ["exact", 2],
  ["usable", 1],
]);
const others = Array.from({ length: 10 }, (_, n) => `other-${n}`);

describe("the scores of a ranking", () => {
  it("are 1 where it could not be better", () => {
    expect(scoresOf(["exact", "usable", ...others], grades)).toEqual({ ndcg: 1, mrr: 1, recall: 1 });
  });

  it("are 0 where the first ten have nothing", () => {
    expect(scoresOf([...others, "exact"], grades)).toEqual({ ndcg: 0, mrr: 0, recall: 0 });
    expect(scoresOf([], grades)).toEqual({ ndcg: 0, mrr: 0, recall: 0 });
  });

  it("count an exact hit for more than a usable one, and a place further down for less", () => {
    // By hand: gains 1 and 3 at ranks 2 and 3, against 3 and 1 at ranks 1 and 2.
    const { ndcg, mrr, recall } = scoresOf(["other", "usable", "exact"], grades);
    const [second, third] = [1 / Math.log2(3), 1 / Math.log2(4)];
    expect(ndcg).toBeCloseTo((second + 3 * third) / (3 + second), 10);
    expect({ mrr, recall }).toEqual({ mrr: 0.5, recall: 1 });
  });

  it("judge a list by the ten best of more than ten answers", () => {
    const many = new Map(Array.from({ length: 12 }, (_, n): [string, number] => [`p${n}`, 2]));
    const { ndcg, recall } = scoresOf([...many.keys()], many);
    expect(ndcg).toBe(1);
    expect(recall).toBeCloseTo(10 / 12);
  });
});

describe("the area under the curve", () => {
  it("is 1 where every answerable query has more confidence, 0.5 where none has more or less", () => {
    expect(areaUnderCurve([0.9, 0.8], [0.1, 0.7])).toBe(1);
    expect(areaUnderCurve([0.5], [0.5])).toBe(0.5);
    expect(areaUnderCurve([0.9, 0.1], [0.5])).toBe(0.5);
  });

  it("is none without both", () => {
    expect(areaUnderCurve([1], [])).toBeUndefined();
  });
});

describe("a bootstrap interval", () => {
  it("holds the mean, and is the same each time", () => {
    const values = [0, 0.2, 0.4, 1, 1, 0.3];
    const { mean, low, high } = estimate(values);
    expect(mean).toBeCloseTo(values.reduce((sum, value) => sum + value) / values.length);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    expect(estimate(values)).toEqual({ mean, low, high });
  });

  it("is narrower the more values there are, and a point where all are equal", () => {
    const width = (values: number[]) => estimate(values).high - estimate(values).low;
    const few = [0, 1, 0, 1];
    expect(width(Array.from({ length: 50 }, () => few).flat())).toBeLessThan(width(few) / 3);
    expect(estimate([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });
});
