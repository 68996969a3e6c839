import { describe, expect, it } from "vitest";
import { clausesOf, queryVector } from "../../src/services/query-vector.ts";

const unit = (...components: number[]) => {
  const length = Math.hypot(...components);
  return Float32Array.from(components, (component) => component / length);
};

describe("the clauses of a query", () => {
  it.each([
    ["reply to an angry customer", []],
    ["python, typescript", []],
    ["Please, help me", []],
    ["v1.2.3 and node:fs", []],
    [
      "We took over an old shop, and before changing anything we want a review",
      ["We took over an old shop,", "and before changing anything we want a review"],
    ],
    ["my cat is ill – what now?", ["my cat is ill", "what now?"]],
    [Array(9).fill("two words").join(", "), []],
  ])("of %o are %o", (query, clauses) => {
    expect(clausesOf(query)).toEqual(clauses);
  });
});

describe("the vector of a query", () => {
  const vectors: Record<string, Float32Array> = {
    "one clause": unit(1, 1, 0),
    "first clause, second clause": unit(1, 0, 0),
    "first clause,": unit(0, 1, 0),
    "second clause": unit(0, 0, 1),
  };
  const embedder = { embedQuery: async (_tenant: string, text: string) => vectors[text]! };

  it("is the query's own where it has one clause", async () => {
    expect(await queryVector(embedder, "t", "one clause")).toBe(vectors["one clause"]);
  });

  it("is half the whole's and half the mean of its clauses', of length 1", async () => {
    const vector = await queryVector(embedder, "t", "first clause, second clause");
    const expected = unit(0.5, 0.25, 0.25);
    for (const [at, component] of expected.entries()) expect(vector[at]).toBeCloseTo(component, 6);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
  });
});
