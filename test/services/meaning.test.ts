import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChunkHit, LookQuery, SearchIndex } from "../../src/domain/ports/search.ts";
import { confidenceOf } from "../../src/services/confidence.ts";
import { type Coverage, coverageBeyond, NOT_COVERED, wordScore } from "../../src/services/coverage.ts";
import { rank } from "../../src/services/fusion.ts";
import { type Question, rankedByMeaning } from "../../src/services/meaning.ts";

interface Shelved {
  readonly promptId: string;
  /** Cosines of its chunks, the first one first; none where it is not embedded yet. */
  readonly chunks: readonly number[];
  readonly covered: Coverage | undefined;
}

const cosine = fc.double({ min: 0, max: 1, noNaN: true });
const prompts = fc
  .array(
    fc.record({
      chunks: fc.oneof(
        { weight: 9, arbitrary: fc.array(cosine, { minLength: 1, maxLength: 4 }) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
      share: fc.constantFrom(0, 0, 0.1, 0.3, 0.6, 0.9),
      titled: fc.constantFrom(0, 0, 0.5, 1),
    }),
    { minLength: 5, maxLength: 300 },
  )
  .map((all) =>
    all.map(
      ({ chunks, share, titled }, at): Shelved => ({
        promptId: `p${String(at).padStart(3, "0")}`,
        chunks,
        covered: share === 0 ? undefined : { share, titleShare: titled * share, words: ["tea"] },
      }),
    ),
  );

/** An index over known likenesses, and what it was asked. */
function shelf(all: readonly Shelved[]) {
  const asked: LookQuery[] = [];
  const hits = all.flatMap(chunksOf).sort((a, b) => b.similarity - a.similarity);
  const index: Pick<SearchIndex, "look"> = {
    async look(_tenantId, _vector, query) {
      asked.push(query);
      const { nearest, also, openings } = query;
      const others = hits.filter(
        ({ promptId, position }) =>
          also.includes(promptId) || (position === 0 && openings.includes(promptId)),
      );
      const horizon = nearest === 0 ? Number.POSITIVE_INFINITY : hits[nearest - 1]?.similarity;
      return {
        chunks: [...hits.slice(0, nearest), ...others],
        horizon: horizon ?? Number.NEGATIVE_INFINITY,
      };
    },
  };
  return { index, asked };
}

function chunksOf({ promptId, chunks }: Shelved): ChunkHit[] {
  return chunks.map((similarity, at) => ({
    promptId,
    position: at,
    similarity,
  }));
}

function coverageIn(all: readonly Shelved[]): ReadonlyMap<string, Coverage> {
  return new Map(all.flatMap(({ promptId, covered }) => (covered ? [[promptId, covered] as const] : [])));
}

/** All compared with all that is known of each. */
function everyPrompt(all: readonly Shelved[], mode: Question["mode"], foreign: boolean) {
  const hits = all.flatMap((one) => {
    const [best] = chunksOf(one).toSorted((a, b) => b.similarity - a.similarity);
    return best === undefined ? [] : [{ ...best, opening: one.chunks[0] ?? 0 }];
  });
  return rank(mode, { coverage: coverageIn(all), hits, foreign });
}

const question = ({ coverage = new Map(), ...fields }: Partial<Question>): Question => ({
  mode: "hybrid",
  filter: {},
  coverage,
  coverageBy: async (ids) => new Map(ids.map((id) => [id, coverage.get(id) ?? NOT_COVERED])),
  beyond: NOT_COVERED,
  foreign: false,
  depth: 10,
  promptCount: 0,
  pending: 0,
  ...fields,
});

const ranked = (index: Pick<SearchIndex, "look">, fields: Partial<Question>) =>
  rankedByMeaning(index, "tenant", new Float32Array(1), question(fields));

describe("the ranking by meaning and words", () => {
  it("begins as if every prompt had been compared, and is as sure", async () => {
    await fc.assert(
      fc.asyncProperty(
        prompts,
        fc.constantFrom<Question["mode"]>("hybrid", "meaning"),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        async (all, mode, foreign, depth) => {
          const pending = all.filter(({ chunks }) => chunks.length === 0).length;
          const coverage = coverageIn(all);
          const found = await ranked(shelf(all).index, { mode, foreign, depth, coverage, pending });
          const expected = everyPrompt(all, mode, foreign);
          expect(found.slice(0, depth)).toEqual(expected.slice(0, depth));
          expect(confidenceOf(found, 0, 1529)).toBe(confidenceOf(expected, 0, 1529));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads what may be shown of those that are there, and begins as if it had read of all", async () => {
    await fc.assert(
      fc.asyncProperty(
        prompts,
        fc.constantFrom<Question["mode"]>("hybrid", "meaning"),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 2, max: 9 }),
        async (all, mode, foreign, limit, everyNth) => {
          const live = all.filter((_, at) => at % everyNth !== 0);
          const known = coverageIn(live);
          const first = (value: (covered: Coverage) => number) =>
            [...known].sort((a, b) => value(b[1]) - value(a[1])).slice(0, limit);
          const coverage = new Map([...first(({ share }) => share), ...first(wordScore)]);
          const rankedReading = async (beyond: Coverage) => {
            const read = new Set<string>();
            const coverageBy: Question["coverageBy"] = async (ids) => {
              for (const id of ids) read.add(id);
              const there = live.filter(({ promptId }) => ids.includes(promptId));
              return new Map(there.map(({ promptId }) => [promptId, known.get(promptId) ?? NOT_COVERED]));
            };
            const found = await ranked(shelf(all).index, { mode, foreign, coverage, coverageBy, beyond });
            return { found, read };
          };
          const lazily = await rankedReading(coverageBeyond(coverage, limit));
          const eagerly = await rankedReading({ share: 1, titleShare: 1, words: [] });
          expect(lazily.found.slice(0, 10)).toEqual(eagerly.found.slice(0, 10));
          expect(confidenceOf(lazily.found, 0, 1529)).toBe(confidenceOf(eagerly.found, 0, 1529));
          const there = new Set(live.map(({ promptId }) => promptId));
          expect(lazily.found.filter(({ promptId }) => !there.has(promptId))).toEqual([]);
          expect(lazily.read.size).toBeLessThanOrEqual(eagerly.read.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("reads only of those that could be shown", async () => {
    const all = many(90, (at) => 0.9 - at / 200);
    const read: string[] = [];
    await ranked(shelf(all).index, {
      coverageBy: async (ids) => {
        read.push(...ids);
        return new Map(ids.map((id) => [id, NOT_COVERED]));
      },
    });
    expect(read).toHaveLength(10);
  });

  const many = (count: number, similarity: (at: number) => number): Shelved[] =>
    Array.from({ length: count }, (_, at) => ({
      promptId: `near${at}`,
      chunks: [similarity(at)],
      covered: undefined,
    }));
  const matching = (count: number, share: number, similarity: number): Shelved[] =>
    Array.from({ length: count }, (_, at) => ({
      promptId: `far${at}`,
      chunks: [similarity],
      covered: { share, titleShare: 0, words: ["tea"] },
    }));

  it("takes word matches for no nearer than they are where that decides what else is read", async () => {
    const all = [...many(200, (at) => 0.55 - at / 2000), ...matching(10, 0.9, 0.25)];
    const { index, asked } = shelf(all);
    const found = await ranked(index, { coverage: coverageIn(all) });
    expect(found.slice(0, 10)).toEqual(everyPrompt(all, "hybrid", false).slice(0, 10));
    expect(asked).toHaveLength(1);
  });

  it("looks once, at the best word matches too, where nothing else could be shown", async () => {
    const all = [...many(200, (at) => 0.9 - at / 1000), ...matching(60, 0.3, 0.1)];
    const { index, asked } = shelf(all);
    await ranked(index, { coverage: coverageIn(all) });
    expect(asked.map(({ nearest, also, openings }) => [nearest, also.length, openings.length])).toEqual([
      [160, 5, 45],
    ]);
  });

  it("looks again at those alone that could still be shown", async () => {
    // One whose passage is among the nearest, and its opening not.
    const one = { promptId: "one", chunks: [0.1, 0.95], covered: undefined };
    const { index, asked } = shelf([...many(200, (at) => 0.5 - at / 10_000), one]);
    const [first] = await ranked(index, {});
    expect(asked.slice(1)).toMatchObject([{ nearest: 0, also: ["one"] }]);
    expect(first?.promptId).toBe("one");
  });

  it("looks farther where what was not seen may be as near", async () => {
    // Ties: any of them may come first.
    const { index, asked } = shelf(many(300, () => 0.5));
    await ranked(index, {});
    expect(asked.map(({ nearest }) => nearest)).toEqual([160, 640]);
  });
});
