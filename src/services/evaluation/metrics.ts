import type { SearchMetric } from "../../domain/search-evaluation.ts";

/** Grades by the ids of the library's prompts. */
export type Grades = ReadonlyMap<string, number>;

/** How far down a list of hits is looked at. */
export const DEPTH = 10;

/** Each 0 to 1, of the first ten of a ranking, for a query that has an answer. */
export function scoresOf(ranking: readonly string[], grades: Grades): Readonly<Record<SearchMetric, number>> {
  const top = ranking.slice(0, DEPTH).map((id) => grades.get(id) ?? 0);
  const relevant = [...grades.values()].filter((grade) => grade > 0);
  const first = top.findIndex((grade) => grade > 0);
  const best = relevant.toSorted((a, b) => b - a).slice(0, DEPTH);
  return {
    ndcg: discountedGain(top) / discountedGain(best),
    mrr: first < 0 ? 0 : 1 / (first + 1),
    recall: top.filter((grade) => grade > 0).length / relevant.length,
  };
}

/** Discounted cumulative gain with the gain 2^grade - 1 [Burges et al. 2005, Learning to rank using gradient descent]. */
function discountedGain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, rank) => sum + (2 ** grade - 1) / Math.log2(rank + 2), 0);
}

/**
 * Area under the ROC curve: how often an answerable query is given more confidence than an unanswerable one, a tie
 * counting half [Hanley and McNeil 1982]. `undefined` without both.
 */
export function areaUnderCurve(
  answerable: readonly number[],
  unanswerable: readonly number[],
): number | undefined {
  const pairs = answerable.length * unanswerable.length;
  if (pairs === 0) return undefined;
  const won = answerable.reduce(
    (sum, a) => sum + unanswerable.reduce((own, b) => own + (a > b ? 1 : a === b ? 0.5 : 0), 0),
    0,
  );
  return won / pairs;
}
