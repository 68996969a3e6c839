import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChunkHit, SearchIndex } from "../../src/domain/ports/search.ts";
import type { SearchMode } from "../../src/domain/search-evaluation.ts";
import { type Coverage, wordScore } from "../../src/services/coverage.ts";
import { type MeaningHit, rank } from "../../src/services/fusion.ts";
import { meaningsOf, type Question } from "../../src/services/meaning.ts";

interface Shelved {
  readonly promptId: string;
  readonly similarity: number;
  readonly opening: number;
  readonly covered: Coverage | undefined;
}

const NOTHING: Coverage = { share: 0, titleShare: 0, words: [] };
/** As many as are weighed on either side. */
const CANDIDATES = 100;

const prompts = fc
  .array(
    fc.record({
      similarity: fc.double({ min: 0, max: 1, noNaN: true }),
      lower: fc.constantFrom(0, 0, 0.05, 0.3),
      share: fc.constantFrom(0, 0, 0.1, 0.3, 0.6, 0.9),
    }),
    { minLength: 90, maxLength: 200 },
  )
  .map((all) =>
    all.map(
      ({ similarity, lower, share }, at): Shelved => ({
        promptId: `p${String(at).padStart(3, "0")}`,
        similarity,
        opening: similarity - lower,
        covered: share === 0 ? undefined : { share, titleShare: 0, words: ["tea"] },
      }),
    ),
  );

/** An index over known likenesses, and what it was asked. It gives so many more than are enough. */
function shelf(all: readonly Shelved[], more = CANDIDATES) {
  const asked: (readonly string[] | undefined)[] = [];
  const index: Pick<SearchIndex, "nearest" | "openings"> = {
    async nearest(_tenantId, _vector, { limit, enough = limit, among }) {
      asked.push(among);
      return all
        .filter(({ promptId }) => among?.includes(promptId) ?? true)
        .map(hitOf)
        .sort((a, b) => b.similarity - a.similarity || (a.promptId < b.promptId ? -1 : 1))
        .slice(0, Math.min(limit, enough + more));
    },
    async openings(_tenantId, _vector, ids) {
      return new Map(
        all.filter(({ promptId }) => ids.includes(promptId)).map((one) => [one.promptId, one.opening]),
      );
    },
  };
  return { index, asked };
}

function hitOf({ promptId, similarity, opening }: Shelved): ChunkHit {
  return { promptId, version: 1, span: { start: 0, end: 1 }, opens: similarity === opening, similarity };
}

function coverageIn(all: readonly Shelved[]): ReadonlyMap<string, Coverage> {
  return new Map(all.flatMap(({ promptId, covered }) => (covered ? [[promptId, covered] as const] : [])));
}

/** The hundred nearest and the hundred best word matches beyond them, all compared. */
function everyCandidate(all: readonly Shelved[], mode: SearchMode, foreign: boolean) {
  const sorted = all.toSorted((a, b) => b.similarity - a.similarity || (a.promptId < b.promptId ? -1 : 1));
  const matched = sorted
    .slice(CANDIDATES)
    .filter(({ covered }) => covered !== undefined)
    .sort((a, b) => wordScore(b.covered ?? NOTHING) - wordScore(a.covered ?? NOTHING))
    .slice(0, CANDIDATES);
  const weighed = [...sorted.slice(0, CANDIDATES), ...matched];
  const hits: MeaningHit[] = weighed.map((one) => ({ ...hitOf(one), opening: one.opening }));
  return rank(mode, { coverage: coverageIn(weighed), hits, foreign });
}

const question = ({ coverage = new Map(), ...fields }: Partial<Question>): Question => ({
  mode: "hybrid",
  filter: {},
  coverage,
  coverageBy: async (ids) => new Map([...coverage].filter(([id]) => ids.includes(id))),
  foreign: false,
  depth: 10,
  pending: 0,
  ...fields,
});

describe("the meanings that a search weighs", () => {
  it("give the same first hits, and the same nearness of the best, as comparing every candidate", async () => {
    await fc.assert(
      fc.asyncProperty(
        prompts,
        fc.constantFrom<SearchMode>("hybrid", "meaning"),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(0, 7, CANDIDATES),
        async (all, mode, foreign, depth, more) => {
          const coverage = coverageIn(all);
          const found = await meaningsOf(
            shelf(all, more).index,
            "tenant",
            new Float32Array(1),
            question({ mode, foreign, depth, coverage }),
          );
          const ranked = rank(mode, { coverage: found.coverage, hits: found.hits, foreign });
          const expected = everyCandidate(all, mode, foreign);
          expect(ranked.slice(0, depth)).toEqual(expected.slice(0, depth));
          const most = (candidates: typeof ranked) => Math.max(...candidates.map(({ nearness }) => nearness));
          expect(most(ranked)).toBe(most(expected));
        },
      ),
      { numRuns: 200 },
    );
  });

  const far = (at: number, share: number): Shelved => ({
    promptId: `far${at}`,
    similarity: 0.1,
    opening: 0.1,
    covered: { share, titleShare: 0, words: ["tea"] },
  });
  const near = Array.from({ length: CANDIDATES }, (_, at) => ({
    promptId: `near${at}`,
    similarity: 0.5,
    opening: 0.5,
    covered: undefined,
  }));

  it("asks for no word match that could not be shown however near it was", async () => {
    const poor = [{ ...far(0, 0.1), similarity: 0.2 }];
    const best = near.map((one, at) => ({
      ...one,
      similarity: at < 20 ? 0.9 : 0.5,
      opening: at < 20 ? 0.9 : 0.5,
    }));
    const { index, asked } = shelf([...best, ...poor]);
    const coverage = coverageIn(poor);
    const found = await meaningsOf(index, "tenant", new Float32Array(1), question({ coverage }));
    expect(asked).toEqual([undefined]);
    expect([...found.coverage.keys()]).toEqual([]);
  });

  it("asks for the farther ones only where they could be shown", async () => {
    const asksOf = async (similarities: (at: number) => number) => {
      const { index, asked } = shelf(
        near.map((one, at) => ({ ...one, similarity: similarities(at), opening: similarities(at) })),
        0,
      );
      await meaningsOf(index, "tenant", new Float32Array(1), question({}));
      return asked.length;
    };
    expect(await asksOf((at) => 0.9 - at / 1000)).toBe(1);
    // Ties: any of them may come first.
    expect(await asksOf(() => 0.5)).toBe(2);
  });

  it("compares every word match while some prompts are not embedded yet", async () => {
    const poor = [far(0, 0.1)];
    const best = near.map((one) => ({ ...one, similarity: 0.9, opening: 0.9 }));
    const { index, asked } = shelf([...best, ...poor]);
    const coverage = coverageIn(poor);
    const found = await meaningsOf(index, "tenant", new Float32Array(1), question({ coverage, pending: 1 }));
    expect(asked).toEqual([undefined, ["far0"]]);
    expect([...found.coverage.keys()]).toEqual(["far0"]);
  });
});
